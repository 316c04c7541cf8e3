package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.StoredProblem;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.SetDigest;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A row as it stands in memory. States are compared by identity: a decision holds as long as the
 * very states that it read are still there.
 */
abstract sealed class RowState implements RowMap.Tree {
  private final String path;
  private final SetDigest element;
  private long revision;

  private RowState(String path, long revision, SetDigest element) {
    this.path = path;
    this.revision = revision;
    this.element = element;
  }

  /** Its key within the shard. */
  final String path() {
    return path;
  }

  /** The store's revision when it was last written; 0 for what is not stored, or not yet. */
  final long revision() {
    return revision;
  }

  /** Notes when it was written, before anybody but the committer knows the row. */
  final void written(long at) {
    revision = at;
  }

  /** What it adds to the digest of its shard; {@link SetDigest#EMPTY} for what is not stored. */
  final SetDigest element() {
    return element;
  }

  /** A row that can be read. */
  static final class Sound extends RowState {
    private final ByteString row;
    private final int keyId;
    private volatile @Nullable Object value;

    /**
     * A row that says this. It is kept as it is stored, which takes far less room than a message.
     *
     * @param row a message of its kind
     * @param keyId the data key that it is sealed under; 0 for what is not stored
     */
    Sound(String path, ByteString row, long revision, SetDigest element, int keyId) {
      super(path, revision, element);
      this.row = row;
      this.keyId = keyId;
    }

    private Sound(String path, Object value) {
      super(path, 0, SetDigest.EMPTY);
      this.row = ByteString.EMPTY;
      this.keyId = 0;
      this.value = value;
    }

    /** What follows from other rows, and is not stored. */
    static <T> Sound derived(RowKey<?, T> key, T value) {
      return new Sound(key.path(), Objects.requireNonNull(value));
    }

    int keyId() {
      return keyId;
    }

    /** What is stored; empty for what is not. */
    ByteString row() {
      return row;
    }

    private <M extends Message> M parse(Kind<M, ?> kind) {
      try {
        return kind.parse(row);
      } catch (InvalidProtocolBufferException e) {
        throw unreadable(path(), e);
      }
    }

    /** What the row means; worked out once. Throws where it makes no valid value. */
    @SuppressWarnings("unchecked") // a path has one kind, and so has its value
    private <M extends Message, T> T meaning(RowKey<M, T> key) {
      Object known = value;
      if (known == null) {
        try {
          known = key.kind().value(key.rest(), parse(key.kind()));
        } catch (RuntimeException e) {
          // Another release may have written what this one cannot take for valid.
          throw unreadable(path(), e);
        }
        value = known;
      }
      return (T) known;
    }
  }

  /** A row that cannot be used. */
  static final class Damaged extends RowState {
    private final Problem problem;
    private final Optional<Sound> truth;

    private Damaged(
        String path, Problem problem, long revision, SetDigest element, Optional<Sound> truth) {
      super(path, revision, element);
      this.problem = problem;
      this.truth = truth;
    }

    /** One that another release wrote; it counts among the rows of the shard. */
    static Damaged unreadable(String path, long revision, SetDigest element) {
      return new Damaged(
          path, new StoredProblem.RowUnreadable(path), revision, element, Optional.empty());
    }

    /**
     * One that somebody else wrote or deleted.
     *
     * @param before what it is in truth; it counts among the rows of the shard in its stead
     */
    static Damaged foreign(String path, long revision, Optional<RowState> before) {
      return new Damaged(
          path,
          new StoredProblem.LedgerIntegrity(path),
          revision,
          before.map(RowState::element).orElse(SetDigest.EMPTY),
          before.flatMap(RowState::truth));
    }

    /** One that was kept from use before, as the head says. */
    static Damaged quarantined(QuarantinedRow row, long revision) {
      SetDigest element =
          row.getElement().isEmpty() ? SetDigest.EMPTY : new SetDigest(row.getElement());
      Optional<Sound> truth = Optional.empty();
      try {
        if (!row.getRow().isEmpty()) {
          Kind<?, ?> kind = Kinds.of(row.getPath()).orElseThrow();
          Message _ = kind.parse(row.getRow());
          truth = Optional.of(new Sound(row.getPath(), row.getRow(), revision, element, 0));
        }
      } catch (InvalidProtocolBufferException e) {
        // Then it stays unknown.
      }
      return new Damaged(
          row.getPath(),
          new StoredProblem.LedgerIntegrity(row.getPath()),
          revision,
          element,
          truth);
    }

    QuarantinedRow quarantined() {
      QuarantinedRow.Builder row = QuarantinedRow.newBuilder().setPath(path());
      if (counted()) {
        row.setElement(element().bytes());
      }
      truth.ifPresent(was -> row.setRow(was.row()));
      return row.build();
    }

    Problem problem() {
      return problem;
    }
  }

  /** What the row is in truth, whatever somebody else made of it; empty where that is not known. */
  final Optional<Sound> truth() {
    return switch (this) {
      case Sound sound -> Optional.of(sound);
      case Damaged damaged -> damaged.truth;
    };
  }

  /** Whether it counts among the rows of its shard: whether it was stored by us. */
  final boolean counted() {
    return !element.equals(SetDigest.EMPTY);
  }

  /** The row, or a refusal of what needs it. */
  final Sound sound() {
    return switch (this) {
      case Sound sound -> sound;
      case Damaged damaged -> throw new Refusal(damaged.problem());
    };
  }

  /**
   * What is stored.
   *
   * @throws Refusal where the row cannot be read
   */
  final <M extends Message> M message(RowKey<M, ?> key) {
    assert key.path().equals(path);
    return sound().parse(key.kind());
  }

  final <M extends Message, T> T value(RowKey<M, T> key) {
    return sound().meaning(key);
  }

  private static Refusal unreadable(String path, Exception why) {
    var refusal = new Refusal(new StoredProblem.RowUnreadable(path));
    refusal.addSuppressed(why);
    return refusal;
  }
}
