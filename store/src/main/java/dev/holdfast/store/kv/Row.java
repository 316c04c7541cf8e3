package dev.holdfast.store.kv;

/**
 * What a key holds at a revision.
 *
 * @param key its name
 * @param value its content
 * @param createRevision the store's revision when the key came into being, or did again
 * @param modRevision the store's revision when it last changed
 * @param version how often it was put since it came into being, from 1
 */
public record Row(Key key, Value value, long createRevision, long modRevision, long version) {
  public Row {
    if (createRevision < 1 || modRevision < createRevision || version < 1) {
      throw new IllegalArgumentException(
          "row %s: created at %d, changed at %d, version %d"
              .formatted(key, createRevision, modRevision, version));
    }
  }
}
