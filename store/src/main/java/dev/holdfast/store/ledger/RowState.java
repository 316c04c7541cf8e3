package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.StoredProblem;
import dev.holdfast.store.seal.SetDigest;
import org.jspecify.annotations.Nullable;

/**
 * A row as it stands in memory. States are compared by identity: a decision holds as long as the
 * very states that it read are still there.
 */
abstract sealed class RowState {
  private final String path;
  private final long revision;
  private final SetDigest element;

  private RowState(String path, long revision, SetDigest element) {
    this.path = path;
    this.revision = revision;
    this.element = element;
  }

  /** Its key within the shard. */
  final String path() {
    return path;
  }

  /** The store's revision when it was last written; 0 for what is not stored. */
  final long revision() {
    return revision;
  }

  /** What it adds to the digest of its shard; {@link SetDigest#EMPTY} for what is not stored. */
  final SetDigest element() {
    return element;
  }

  /** A row that can be read. */
  static final class Sound extends RowState {
    private final Message message;
    private volatile @Nullable Object value;

    Sound(String path, Message message, long revision, SetDigest element) {
      super(path, revision, element);
      this.message = message;
    }

    Message message() {
      return message;
    }

    /** What the row means; worked out once. Throws where it makes no valid value. */
    @SuppressWarnings("unchecked") // a path has one kind, and so have its message and its value
    private <M extends Message, T> T meaning(RowKey<M, T> key) {
      Object known = value;
      if (known == null) {
        try {
          known = key.kind().value().apply(key.rest(), (M) message);
        } catch (RuntimeException e) {
          // Another release may have written what this one cannot take for valid.
          throw unreadable(path(), e);
        }
        value = known;
      }
      return (T) known;
    }
  }

  /** A row that cannot be used: all that is known is why. */
  static final class Damaged extends RowState {
    private final Problem problem;

    Damaged(String path, Problem problem, long revision, SetDigest element) {
      super(path, revision, element);
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }

  /** The row, or a refusal of what needs it. */
  final Sound sound() {
    return switch (this) {
      case Sound sound -> sound;
      case Damaged damaged -> throw new Refusal(damaged.problem());
    };
  }

  @SuppressWarnings("unchecked") // a path has one kind, and so has its message
  final <M extends Message> M message(RowKey<M, ?> key) {
    assert key.path().equals(path);
    return (M) sound().message();
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
