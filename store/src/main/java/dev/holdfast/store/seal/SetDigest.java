package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * A digest of a set of rows that is kept up to date row by row: the sum, modulo 2^256, of one keyed
 * hash of each row (MSet-Add-Hash: Clarke, Devadas, van Dijk, Gassend, Suh: Incremental Multiset
 * Hash Functions and Their Application to Memory Integrity Checking, ASIACRYPT 2003, section 5).
 *
 * <p>Without the key of the hash nobody can find two sets with one digest. With it, or where sums
 * were shown, one could: keep it inside what is sealed. The digest of a set with one row comes from
 * {@link Sealer#element}.
 *
 * @param bytes the sum: 32 bytes, the most significant first
 */
public record SetDigest(ByteString bytes) {
  /** The size of a digest. */
  public static final int BYTES = 32;

  /** That of the empty set. */
  public static final SetDigest EMPTY = new SetDigest(ByteString.copyFrom(new byte[BYTES]));

  /** Checks the size. */
  public SetDigest {
    if (bytes.size() != BYTES) {
      throw new IllegalArgumentException("a set digest has 32 bytes, not " + bytes.size());
    }
  }

  /** The digest of both sets together, which have no row in common. */
  public SetDigest plus(SetDigest other) {
    return combined(other, false);
  }

  /** The digest of what is left of this set without the other, all of which is in it. */
  public SetDigest minus(SetDigest other) {
    return combined(other, true);
  }

  /** Adds the other's bytes, or its two's complement. */
  private SetDigest combined(SetDigest other, boolean negated) {
    ByteBuffer mine = bytes.asReadOnlyByteBuffer();
    ByteBuffer theirs = other.bytes.asReadOnlyByteBuffer();
    ByteBuffer sum = ByteBuffer.allocate(BYTES);
    long carry = negated ? 1 : 0;
    for (int at = BYTES - Integer.BYTES; at >= 0; at -= Integer.BYTES) {
      int digit = negated ? ~theirs.getInt(at) : theirs.getInt(at);
      carry += Integer.toUnsignedLong(mine.getInt(at)) + Integer.toUnsignedLong(digit);
      sum.putInt(at, (int) carry);
      carry >>>= Integer.SIZE;
    }
    return new SetDigest(UnsafeByteOperations.unsafeWrap(sum));
  }

  /** Takes as long for any two digests. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SetDigest(ByteString theirs)
        && MessageDigest.isEqual(bytes.toByteArray(), theirs.toByteArray());
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }
}
