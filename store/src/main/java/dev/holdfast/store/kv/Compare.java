package dev.holdfast.store.kv;

/** A condition on one key that must hold for a transaction to take effect. */
public sealed interface Compare {
  /** The key it is about. */
  Key key();

  /** The key holds nothing. */
  record Absent(Key key) implements Compare {}

  /** The key was last changed at this revision, so it holds what was read then. */
  record ModifiedAt(Key key, long modRevision) implements Compare {
    public ModifiedAt {
      if (modRevision < 1) {
        throw new IllegalArgumentException("revision " + modRevision + ": use Absent");
      }
    }
  }

  /**
   * The key came into being at this revision and has been there ever since, however often it was
   * put: what a leader compares with the row that its lease keeps.
   */
  record CreatedAt(Key key, long createRevision) implements Compare {
    public CreatedAt {
      if (createRevision < 1) {
        throw new IllegalArgumentException("revision " + createRevision + ": use Absent");
      }
    }
  }

  /** The key holds exactly this. */
  record ValueIs(Key key, Value value) implements Compare {}

  /** The key was put this often since it came into being. */
  record VersionIs(Key key, long version) implements Compare {
    public VersionIs {
      if (version < 1) {
        throw new IllegalArgumentException("version " + version + ": use Absent");
      }
    }
  }
}
