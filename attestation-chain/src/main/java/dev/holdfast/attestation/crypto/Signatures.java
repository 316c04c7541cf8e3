package dev.holdfast.attestation.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Verification of signatures by the fastest sound code there is: the Amazon Corretto Crypto Provider
 * where its native part loads, else BouncyCastle; never whatever provider happens to come first.
 */
public final class Signatures {
  private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final Provider FASTEST = corretto().orElse(BOUNCY_CASTLE);

  private Signatures() {}

  /** The provider that verifies. */
  public static Provider provider() {
    return FASTEST;
  }

  /** The provider that parses keys and certificates. */
  public static Provider parser() {
    return BOUNCY_CASTLE;
  }

  /** RSASSA-PKCS1-v1_5. A key of another kind verifies nothing. */
  public static boolean verifyRsa(PublicKey key, PcrBank hash, Bytes message, Bytes signature) {
    return verify(key, name(hash) + "withRSA", Optional.empty(), message, signature);
  }

  /** RSASSA-PSS with MGF1 of the same hash and a salt of its length. */
  public static boolean verifyRsaPss(PublicKey key, PcrBank hash, Bytes message, Bytes signature) {
    PSSParameterSpec parameters =
        new PSSParameterSpec(
            hash.javaName(),
            "MGF1",
            new MGF1ParameterSpec(hash.javaName()),
            hash.digestLength(),
            PSSParameterSpec.TRAILER_FIELD_BC);
    return verify(key, "RSASSA-PSS", Optional.of(parameters), message, signature);
  }

  /**
   * ECDSA.
   *
   * @param signature r and s, one after the other, both as long as a coordinate
   */
  public static boolean verifyEcdsa(PublicKey key, PcrBank hash, Bytes message, Bytes signature) {
    String algorithm = name(hash) + "withECDSAinP1363Format";
    return verify(key, algorithm, Optional.empty(), message, signature);
  }

  private static String name(PcrBank hash) {
    return hash.javaName().replace("-", "");
  }

  private static boolean verify(
      PublicKey key,
      String algorithm,
      Optional<AlgorithmParameterSpec> parameters,
      Bytes message,
      Bytes signature) {
    try {
      Signature verifier = verifier(algorithm);
      if (parameters.isPresent()) {
        verifier.setParameter(parameters.get());
      }
      verifier.initVerify(key);
      verifier.update(message.asByteBuffer());
      return verifier.verify(signature.toByteArray());
    } catch (GeneralSecurityException | IllegalArgumentException | ArithmeticException e) {
      // A key of another kind, or a signature that is none: providers differ in what they throw.
      return false;
    }
  }

  private static Signature verifier(String algorithm) throws GeneralSecurityException {
    if (FASTEST.getService("Signature", algorithm) != null) {
      return Signature.getInstance(algorithm, FASTEST);
    }
    String name =
        algorithm.endsWith("inP1363Format")
            ? algorithm.replace("withECDSAinP1363Format", "withPLAIN-ECDSA")
            : algorithm;
    return Signature.getInstance(name, BOUNCY_CASTLE);
  }

  private static Optional<Provider> corretto() {
    try {
      Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
      boolean loaded = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null;
      return loaded ? Optional.of(provider) : Optional.empty();
    } catch (LinkageError e) {
      return Optional.empty();
    }
  }
}
