package dev.holdfast.store.kv;

/** What happened to one key at one revision. */
public sealed interface Change {
  /** The key that changed. */
  Key key();

  /** The key was put, and this is what it holds since. */
  record Put(Row row) implements Change {
    @Override
    public Key key() {
      return row.key();
    }
  }

  /**
   * The key was deleted, by a transaction or with its lease.
   *
   * @param modRevision when
   */
  record Deleted(Key key, long modRevision) implements Change {}
}
