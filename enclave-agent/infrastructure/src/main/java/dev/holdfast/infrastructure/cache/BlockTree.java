package dev.holdfast.infrastructure.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A Merkle tree over the blocks of some content. A leaf is SHA-256(0x00 ‖ domain ‖ index ‖ block),
 * an inner node SHA-256(0x01 ‖ domain ‖ left ‖ right), and a node without a sibling moves up as it
 * is (after RFC 9162, section 2.1). The root is SHA-256(0x02 ‖ domain ‖ size ‖ top), so that it
 * names the length as well.
 */
final class BlockTree {
  /** The length of every block but the last, in bytes. */
  static final int BLOCK_BYTES = 64 * 1024;

  private static final byte[] DOMAIN = "holdfast/content/v1".getBytes(StandardCharsets.US_ASCII);

  private final long sizeBytes;
  private final byte[][] leaves;
  private final byte[] root;

  private BlockTree(long sizeBytes, byte[][] leaves) {
    this.sizeBytes = sizeBytes;
    this.leaves = leaves;
    this.root = root(sizeBytes, leaves);
  }

  /** Collects the leaves of content that comes block by block. */
  static final class Builder {
    private final List<byte[]> leaves = new ArrayList<>();
    private long sizeBytes;

    /** Adds the next block: all but the last are whole. */
    void add(byte[] bytes, int length) {
      if (length < 1 || length > BLOCK_BYTES || sizeBytes % BLOCK_BYTES != 0) {
        throw new IllegalArgumentException("only the last block may be short");
      }
      leaves.add(leaf(leaves.size(), bytes, length));
      sizeBytes += length;
    }

    BlockTree build() {
      return new BlockTree(sizeBytes, leaves.toArray(byte[][]::new));
    }
  }

  long sizeBytes() {
    return sizeBytes;
  }

  int blockCount() {
    return leaves.length;
  }

  /** The root, in hexadecimal digits. */
  String rootHex() {
    return HexFormat.of().formatHex(root);
  }

  /** Whether these are the bytes of that block. */
  boolean matches(int index, byte[] block) {
    return MessageDigest.isEqual(leaves[index], leaf(index, block, block.length));
  }

  private static byte[] leaf(int index, byte[] bytes, int length) {
    MessageDigest sha = ContentDigest.sha256();
    sha.update((byte) 0);
    sha.update(DOMAIN);
    sha.update(bigEndian(index));
    sha.update(bytes, 0, length);
    return sha.digest();
  }

  private static byte[] root(long sizeBytes, byte[][] leaves) {
    byte[][] level = leaves;
    while (level.length > 1) {
      byte[][] above = new byte[(level.length + 1) / 2][];
      for (int i = 0; i < level.length; i += 2) {
        above[i / 2] = i + 1 < level.length ? inner(level[i], level[i + 1]) : level[i];
      }
      level = above;
    }
    MessageDigest sha = ContentDigest.sha256();
    sha.update((byte) 2);
    sha.update(DOMAIN);
    sha.update(bigEndian(sizeBytes));
    if (level.length == 1) {
      sha.update(level[0]);
    }
    return sha.digest();
  }

  private static byte[] inner(byte[] left, byte[] right) {
    MessageDigest sha = ContentDigest.sha256();
    sha.update((byte) 1);
    sha.update(DOMAIN);
    sha.update(left);
    sha.update(right);
    return sha.digest();
  }

  private static byte[] bigEndian(long value) {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (value >>> (56 - 8 * i));
    }
    return bytes;
  }
}
