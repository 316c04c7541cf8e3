package dev.holdfast.store.kv;

/** A revision was asked for that the store has forgotten. */
public final class RevisionCompacted extends StoreFailure {
  /** Says which revision was asked for. */
  public RevisionCompacted(long asked) {
    super(
        "revision %d was compacted. Read the present and go on from its revision."
            .formatted(asked));
  }
}
