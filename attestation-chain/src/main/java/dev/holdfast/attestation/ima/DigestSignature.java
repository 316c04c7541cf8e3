package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;

/**
 * A signature over a digest that someone else computed: RSASSA-PKCS1-v1_5, or ECDSA in DER.
 *
 * @param hash the hash that the digest is of
 * @param value the signature
 */
record DigestSignature(PcrBank hash, Bytes value) {
  /** Whether a key made it; never over SHA-1. */
  boolean verifies(Bytes digest, ImaKey key) {
    if (hash == PcrBank.SHA1 || digest.length() != hash.digestLength()) {
      return false;
    }
    PublicKey publicKey = key.key();
    return switch (publicKey.getAlgorithm()) {
      case "RSA" -> verifies("NONEwithRSA", publicKey, Bytes.concat(prefix(hash), digest));
      case "EC" -> verifies("NONEwithECDSA", publicKey, digest);
      default -> false;
    };
  }

  private boolean verifies(String algorithm, PublicKey key, Bytes signed) {
    Provider fastest = Signatures.provider();
    Provider provider =
        fastest.getService("Signature", algorithm) != null ? fastest : Signatures.parser();
    try {
      Signature verifier = Signature.getInstance(algorithm, provider);
      verifier.initVerify(key);
      signed.updateInto(verifier);
      return verifier.verify(value.toByteArray());
    } catch (GeneralSecurityException | IllegalArgumentException | ArithmeticException e) {
      // A signature that is none: providers differ in what they throw.
      return false;
    }
  }

  /** What stands before a digest in a PKCS #1 signature (RFC 8017, 9.2, note 1). */
  private static Bytes prefix(PcrBank hash) {
    return Bytes.fromHex(
        switch (hash) {
          case SHA1 -> "3021300906052b0e03021a05000414";
          case SHA256 -> "3031300d060960864801650304020105000420";
          case SHA384 -> "3041300d060960864801650304020205000430";
          case SHA512 -> "3051300d060960864801650304020305000440";
        });
  }
}
