package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;
import java.util.Optional;

/**
 * Neighbouring keys: from one, included, to another, excluded.
 *
 * @param from the first key
 * @param end the first key behind the range; empty: to the last key there is
 */
public record KeyRange(Key from, Optional<Key> end) {
  public KeyRange {
    if (end.isPresent() && from.compareTo(end.get()) >= 0) {
      throw new IllegalArgumentException("a key range ends behind its start");
    }
  }

  /** Just this key. */
  public static KeyRange single(Key key) {
    if (key.bytes().size() == Key.BYTES_MAX) {
      // The next key would be one byte too long; its successor in the shorter keys covers only it
      // here.
      return prefix(key);
    }
    return new KeyRange(key, Optional.of(new Key(key.bytes().concat(ZERO))));
  }

  /** Every key that begins with this one, itself included. */
  public static KeyRange prefix(Key prefix) {
    ByteString bytes = prefix.bytes();
    // The first key behind: the last byte below 0xff is raised, and what follows it is dropped.
    for (int i = bytes.size() - 1; i >= 0; i--) {
      int octet = bytes.byteAt(i) & 0xff;
      if (octet != 0xff) {
        ByteString raised = ByteString.copyFrom(new byte[] {(byte) (octet + 1)});
        return new KeyRange(prefix, Optional.of(new Key(bytes.substring(0, i).concat(raised))));
      }
    }
    return new KeyRange(prefix, Optional.empty());
  }

  /** Whether the range holds the key. */
  public boolean contains(Key key) {
    return from.compareTo(key) <= 0 && end.map(last -> key.compareTo(last) < 0).orElse(true);
  }

  /** The rest of this range behind a key of it, for reading on; empty when nothing can be left. */
  public Optional<KeyRange> after(Key key) {
    if (key.bytes().size() == Key.BYTES_MAX) {
      return prefix(key)
          .end()
          .filter(next -> end.isEmpty() || next.compareTo(end.get()) < 0)
          .map(next -> new KeyRange(next, end));
    }
    var next = new Key(key.bytes().concat(ZERO));
    return end.isPresent() && next.compareTo(end.get()) >= 0
        ? Optional.empty()
        : Optional.of(new KeyRange(next, end));
  }

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});
}
