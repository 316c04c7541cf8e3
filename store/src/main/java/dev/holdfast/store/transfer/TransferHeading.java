package dev.holdfast.store.transfer;

import java.time.Instant;

/**
 * What a file of exported rows says of itself.
 *
 * @param source the kind of the store that they come from, such as {@code etcd}; 1 to 32 characters
 * @param revision the one revision of that store that all rows are of, from 1
 * @param exported when they were read
 */
public record TransferHeading(String source, long revision, Instant exported) {
  /** The longest name of a kind of store. */
  public static final int SOURCE_CHARACTERS_MAX = 32;

  public TransferHeading {
    if (source.isEmpty() || source.length() > SOURCE_CHARACTERS_MAX || revision < 1) {
      throw new IllegalArgumentException(
          "a kind of up to %d characters and a revision from 1".formatted(SOURCE_CHARACTERS_MAX));
    }
  }
}
