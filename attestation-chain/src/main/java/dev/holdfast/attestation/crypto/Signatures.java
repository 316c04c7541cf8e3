package dev.holdfast.attestation.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Verification of signatures by the fastest sound code there is: the Amazon Corretto Crypto
 * Provider where its native part loads, else BouncyCastle; never whatever provider happens to come
 * first.
 */
public final class Signatures {
  private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final Provider FASTEST = corretto().orElse(BOUNCY_CASTLE);

  private static final List<Names> NAMES =
      Arrays.stream(PcrBank.values()).map(Names::of).toList();

  private Signatures() {}

  /** The provider that verifies. */
  public static Provider provider() {
    return FASTEST;
  }

  /** The provider that parses keys and certificates. */
  public static Provider parser() {
    return BOUNCY_CASTLE;
  }

  /**
   * A claim that a key signed a message.
   *
   * @param key the key; one of another kind than the scheme's verifies nothing
   * @param hash the scheme's hash
   * @param message what was signed
   * @param signature the signature
   */
  public record Signed(PublicKey key, PcrBank hash, Bytes message, Bytes signature) {}

  /** RSASSA-PKCS1-v1_5. */
  public static boolean verifyRsa(Signed signed) {
    return verifyRsa(signed, FASTEST);
  }

  static boolean verifyRsa(Signed signed, Provider provider) {
    return verify(signed, names(signed.hash()).rsa(), Optional.empty(), provider);
  }

  /** RSASSA-PSS with MGF1 of the same hash and a salt of its length. */
  public static boolean verifyRsaPss(Signed signed) {
    return verifyRsaPss(signed, FASTEST);
  }

  static boolean verifyRsaPss(Signed signed, Provider provider) {
    return verify(signed, "RSASSA-PSS", names(signed.hash()).pss(), provider);
  }

  /** ECDSA; the signature is r and s, one after the other, both as long as a coordinate. */
  public static boolean verifyEcdsa(Signed signed) {
    return verifyEcdsa(signed, FASTEST);
  }

  static boolean verifyEcdsa(Signed signed, Provider provider) {
    return verify(signed, names(signed.hash()).ecdsa(), Optional.empty(), provider);
  }

  /**
   * EdDSA over Ed25519 or Ed448, whichever the key is of (RFC 8032).
   *
   * @param key the key; one of another kind verifies nothing
   */
  public static boolean verifyEdDsa(PublicKey key, Bytes message, Bytes signature) {
    String algorithm = key.getAlgorithm();
    if (!algorithm.equals("Ed25519") && !algorithm.equals("Ed448")) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(algorithm, BOUNCY_CASTLE);
      verifier.initVerify(key);
      verifier.update(message.asByteBuffer());
      return verifier.verify(signature.toByteArray());
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  /** For a scheme that a certificate names. */
  static boolean verify(
      PublicKey key,
      Bytes message,
      Bytes signature,
      String algorithm,
      Optional<AlgorithmParameterSpec> parameters) {
    return verify(
        new Signed(key, PcrBank.SHA256, message, signature), algorithm, parameters, FASTEST);
  }

  static String name(PcrBank hash) {
    return hash.javaName().replace("-", "");
  }

  /** What providers call the schemes of a hash, written once. */
  private record Names(String rsa, String ecdsa, Optional<AlgorithmParameterSpec> pss) {
    static Names of(PcrBank hash) {
      String name = hash.javaName();
      AlgorithmParameterSpec pss =
          new PSSParameterSpec(
              name,
              "MGF1",
              new MGF1ParameterSpec(name),
              hash.digestLength(),
              PSSParameterSpec.TRAILER_FIELD_BC);
      return new Names(
          name(hash) + "withRSA", name(hash) + "withECDSAinP1363Format", Optional.of(pss));
    }
  }

  private static Names names(PcrBank hash) {
    return NAMES.get(hash.ordinal());
  }

  /**
   * A key in the form of the provider that verifies, for one that verifies often: any other form is
   * translated for each signature. The same key where that provider cannot take it.
   */
  public static PublicKey prepared(PublicKey key) {
    try {
      return KeyFactory.getInstance(key.getAlgorithm(), FASTEST)
          .generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    } catch (GeneralSecurityException | RuntimeException otherKind) {
      return key;
    }
  }

  private static boolean verify(
      Signed signed,
      String algorithm,
      Optional<AlgorithmParameterSpec> parameters,
      Provider provider) {
    try {
      Signature verifier = verifier(algorithm, provider);
      if (parameters.isPresent()) {
        verifier.setParameter(parameters.get());
      }
      verifier.initVerify(signed.key());
      signed.message().updateInto(verifier);
      return verifier.verify(signed.signature().toByteArray());
    } catch (GeneralSecurityException | IllegalArgumentException | ArithmeticException e) {
      // A key of another kind, or a signature that is none: providers differ in what they throw.
      return false;
    }
  }

  /** What one provider does not know is done by the other. */
  private static Signature verifier(String algorithm, Provider provider)
      throws GeneralSecurityException {
    // The fastest provider knows Ed25519, but not with keys that the parser made.
    return provider.getService("Signature", algorithm) != null && !algorithm.equals("Ed25519")
        ? Signature.getInstance(algorithm, provider)
        : Signature.getInstance(algorithm, BOUNCY_CASTLE);
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
