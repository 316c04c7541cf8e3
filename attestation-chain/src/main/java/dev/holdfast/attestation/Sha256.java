package dev.holdfast.attestation;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 (FIPS 180-4), which names evidence, policies and links. */
public final class Sha256 {
  /** Bytes of a digest. */
  public static final int LENGTH = 32;

  private Sha256() {}

  /** The digest of all parts, one after the other. */
  public static Bytes of(Bytes... parts) {
    MessageDigest digest = digest("SHA-256");
    for (Bytes part : parts) {
      part.updateInto(digest);
    }
    return Bytes.of(digest.digest());
  }

  /** The digest of a text in UTF-8. */
  public static Bytes of(String text) {
    return of(Bytes.utf8(text));
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has " + algorithm, e);
    }
  }
}
