package dev.holdfast.store.kv;

import java.util.Optional;

/** What a transaction does to one key. */
public sealed interface Operation {
  /** The key it is about. */
  Key key();

  /**
   * Makes the key hold a value.
   *
   * @param lease the lease that the row ends with; empty: it stays. A later put without one frees
   *     it
   */
  record Put(Key key, Value value, Optional<LeaseId> lease) implements Operation {}

  /** Makes the key hold nothing. Where it does already, nothing changes, not even the revision. */
  record Delete(Key key) implements Operation {}

  /** Makes the key hold a value for good. */
  static Put put(Key key, Value value) {
    return new Put(key, value, Optional.empty());
  }
}
