package dev.holdfast.attestation.cose;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;

/** A signer of COSE_Sign1 messages with a key of its own. */
public final class PaperCose {
  /** Made once: making it takes longer than all that is tested with it. */
  private static final KeyPair RSA = rsa();

  private final CoseAlgorithm algorithm;
  private final KeyPair pair;

  private PaperCose(CoseAlgorithm algorithm, KeyPair pair) {
    this.algorithm = algorithm;
    this.pair = pair;
  }

  /** A signer with a new key that fits. */
  public static PaperCose of(CoseAlgorithm algorithm) {
    return new PaperCose(algorithm, newKey(algorithm));
  }

  /** A signer with a key that it is given. */
  public static PaperCose of(CoseAlgorithm algorithm, KeyPair pair) {
    return new PaperCose(algorithm, pair);
  }

  private static KeyPair newKey(CoseAlgorithm algorithm) {
    return switch (algorithm) {
      case ES256, ESP256 -> ec("secp256r1");
      case ES384, ESP384 -> ec("secp384r1");
      case ES512, ESP512 -> ec("secp521r1");
      case PS256, PS384, PS512, RS256, RS384, RS512 -> RSA;
      case EDDSA, ED25519 -> edwards();
    };
  }

  /** A key on a curve of NIST. */
  public static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair edwards() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The SubjectPublicKeyInfo. */
  public Bytes publicKey() {
    return Bytes.of(pair.getPublic().getEncoded());
  }

  /** The key itself. */
  public KeyPair pair() {
    return pair;
  }

  /** A tagged message with nothing but the algorithm in its header. */
  public Bytes message(Bytes payload) {
    return message(CBORObject.NewMap().Add(1, algorithm.number()), payload, Bytes.EMPTY);
  }

  /** A tagged message. */
  public Bytes message(CBORObject header, Bytes payload, Bytes externalAad) {
    return Bytes.of(
        parts(Bytes.of(header.EncodeToBytes()), payload, externalAad)
            .WithTag((int) CoseSign1.TAG)
            .EncodeToBytes());
  }

  /** The four parts, for tests that change them. */
  public CBORObject parts(Bytes header, Bytes payload, Bytes externalAad) {
    return CBORObject.NewArray()
        .Add(header.toByteArray())
        .Add(CBORObject.NewMap())
        .Add(payload.toByteArray())
        .Add(sign(CoseSign1.signatureStructure(header, payload, externalAad)).toByteArray());
  }

  /** A signature as COSE has it. */
  public Bytes sign(Bytes message) {
    try {
      Signature signer = Signature.getInstance(javaName());
      if (algorithm.name().startsWith("PS")) {
        String hash = "SHA-" + algorithm.name().substring(2);
        signer.setParameter(
            new PSSParameterSpec(
                hash,
                "MGF1",
                new MGF1ParameterSpec(hash),
                Integer.parseInt(algorithm.name().substring(2)) / 8,
                1));
      }
      signer.initSign(pair.getPrivate());
      signer.update(message.toByteArray());
      return Bytes.of(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String javaName() {
    return switch (algorithm) {
      case ES256, ESP256 -> "SHA256withECDSAinP1363Format";
      case ES384, ESP384 -> "SHA384withECDSAinP1363Format";
      case ES512, ESP512 -> "SHA512withECDSAinP1363Format";
      case PS256, PS384, PS512 -> "RSASSA-PSS";
      case RS256 -> "SHA256withRSA";
      case RS384 -> "SHA384withRSA";
      case RS512 -> "SHA512withRSA";
      case EDDSA, ED25519 -> "Ed25519";
    };
  }
}
