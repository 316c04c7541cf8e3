package dev.holdfast.infrastructure.cache;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-256 of some content: its name.
 *
 * @param hex 64 lowercase hexadecimal digits
 */
public record ContentDigest(String hex) {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public ContentDigest {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("a digest is 64 lowercase hexadecimal digits");
    }
  }

  /** A digest of 32 bytes. */
  public static ContentDigest of(byte[] bytes) {
    if (bytes.length != 32) {
      throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + bytes.length);
    }
    return new ContentDigest(HexFormat.of().formatHex(bytes));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hex;
  }
}
