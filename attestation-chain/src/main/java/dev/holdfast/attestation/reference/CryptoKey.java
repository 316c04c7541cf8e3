package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.x509.Certificates;
import java.security.PublicKey;
import java.util.Optional;

/** A key, a certificate, or a digest of one (draft-ietf-rats-corim, section 5.1.4.6). */
public sealed interface CryptoKey {
  /**
   * The public key, where the manifest holds one that can be read: of a certificate or a path, that
   * of the first certificate, for which the manifest alone vouches.
   */
  default Optional<PublicKey> publicKey() {
    try {
      return switch (this) {
        case PkixKey(String pem) -> Optional.of(PublicKeys.parse(armoured(pem, "PUBLIC KEY")));
        case PkixCertificate(String pem) ->
            Optional.of(PublicKeys.parse(armoured(pem, "CERTIFICATE")));
        case PkixPath(String pem) ->
            Optional.of(Certificates.parse(Bytes.utf8(pem)).getFirst().getPublicKey());
        case DerCertificate(Bytes der) -> Optional.of(PublicKeys.parse(der));
        case CoseKey(Bytes content) ->
            Optional.of(dev.holdfast.attestation.cose.CoseKey.parse(content));
        case Thumbprint _, KeyId _ -> Optional.empty();
      };
    } catch (MalformedException e) {
      return Optional.empty();
    }
  }

  private static Bytes armoured(String text, String label) {
    return Bytes.utf8(
        text.contains("-----BEGIN ")
            ? text
            : "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n");
  }

  /**
   * A SubjectPublicKeyInfo in PEM, tag 554.
   *
   * @param pem the text; the armour may be missing
   */
  record PkixKey(String pem) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "public key";
    }
  }

  /**
   * A certificate in PEM, tag 555.
   *
   * @param pem the text
   */
  record PkixCertificate(String pem) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "certificate";
    }
  }

  /**
   * Certificates in PEM, each signed by the next, tag 556.
   *
   * @param pem the text
   */
  record PkixPath(String pem) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "certificate path";
    }
  }

  /**
   * A COSE key or set of keys (RFC 9052, section 7), tag 558.
   *
   * @param content its CBOR
   */
  record CoseKey(Bytes content) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "COSE key";
    }
  }

  /**
   * A certificate in DER, tag 562.
   *
   * @param der the certificate
   */
  record DerCertificate(Bytes der) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "certificate";
    }
  }

  /**
   * A digest of a key, a certificate or a path: tags 557, 559 and 561.
   *
   * @param of what is digested
   * @param digest the digest
   */
  record Thumbprint(Subject of, Digest digest) implements CryptoKey {
    /** What it is. */
    @Override
    public String toString() {
      return "thumbprint " + digest;
    }
  }

  /** What a thumbprint is of. */
  enum Subject {
    /** A public key. */
    KEY,
    /** A certificate. */
    CERTIFICATE,
    /** A path of certificates. */
    PATH
  }

  /**
   * A key identifier, tag 560; of a software component: the identifier of its signer.
   *
   * @param value the bytes
   */
  record KeyId(Bytes value) implements CryptoKey {
    /** The bytes in hexadecimal digits. */
    @Override
    public String toString() {
      return "key " + value.hex();
    }
  }
}
