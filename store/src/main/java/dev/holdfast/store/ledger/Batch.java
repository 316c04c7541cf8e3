package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.Sealer;
import dev.holdfast.store.seal.SetDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Changes that are committed together: decided one after the other, each on what those before it
 * made, then one transaction, then the next image. It does no I/O.
 *
 * <p>It may begin behind a batch that is still under way, and is then decided and sealed as if that
 * one were committed. Once it is, this one is put on the image that came of it; if it never will
 * be, this one is of no use.
 */
final class Batch {
  /** Room for the head's row, which every transaction writes. */
  static final int ROWS_MAX = Transaction.OPERATIONS_MAX - 1;

  /** Room for the comparisons of the leader's row and of the head's. */
  private static final int CHAINS_MAX = Transaction.OPERATIONS_MAX - 2;

  /** Room for the head's row, its key, and the keys of the leader's. */
  private static final int BYTES_MAX = Transaction.BYTES_MAX - 8 * 1024;

  private final Layout layout;
  private final Sealer sealer;
  private final long version;
  private final Map<String, Write> writes = new LinkedHashMap<>();
  private final Map<String, Optional<RowState>> overlay = new LinkedHashMap<>();
  private final Set<String> chains = new LinkedHashSet<>();
  private final List<Pending<?>> members = new ArrayList<>();
  private final Map<Pending<?>, Refusal> late = new LinkedHashMap<>();
  private Image base;
  private Optional<Earlier> earlier = Optional.empty();
  private boolean behind;
  private @Nullable Image after;
  private long bytes;

  /** What became of a change that was to join. */
  enum Joined {
    /** It is committed with the others, or refused with them. */
    YES,
    /** There is no room for it: it is for the next batch. */
    FULL,
    /** It was answered: nothing is to be committed for it. */
    ANSWERED
  }

  /**
   * What becomes of a stored row.
   *
   * @param sealed what is written; empty where the row is deleted
   * @param state what it is from then on; empty where it is deleted
   */
  private record Write(String path, Key key, ByteString sealed, Optional<RowState.Sound> state) {
    long size() {
      return (long) key.bytes().size() + sealed.size();
    }
  }

  /**
   * What the batch before this one was decided on.
   *
   * @param changed the paths of what it changes
   */
  private record Earlier(RowMap rows, Set<String> changed) {}

  /**
   * An empty batch.
   *
   * @param base what it is decided on
   * @param version of the transaction; higher than any that was tried
   */
  Batch(Image base, Layout layout, Sealer sealer, long version) {
    this.base = base;
    this.layout = layout;
    this.sealer = sealer;
    this.version = version;
  }

  /** An empty batch that is decided as if this one, which is under way, were committed. */
  Batch behind(Sealer sealing, long higherVersion) {
    var next = new Batch(after(), layout, sealing, higherVersion);
    next.earlier = Optional.of(new Earlier(base.rows(), overlay.keySet()));
    next.behind = true;
    return next;
  }

  /** The batch before it was committed, as this image. */
  void put(Image committed) {
    base = committed;
    behind = false;
  }

  private @Nullable RowState get(String path) {
    Optional<RowState> changed = overlay.get(path);
    return changed == null ? base.get(path) : changed.orElse(null);
  }

  /** Whether what a row is known to be is not committed yet. */
  private boolean uncommitted(String path) {
    return overlay.containsKey(path) || (behind && earlier.orElseThrow().changed().contains(path));
  }

  /** Whether a row may have changed since a draft was decided. What is not known may have. */
  @SuppressWarnings("ReferenceEquality") // a map is itself, whatever another one holds
  private Predicate<String> changedSince(Draft draft) {
    RowMap origin = draft.origin().orElse(null);
    if (origin == base.rows()) {
      return overlay::containsKey;
    }
    return earlier
        .filter(known -> known.rows() == origin)
        .<Predicate<String>>map(
            known -> path -> overlay.containsKey(path) || known.changed().contains(path))
        .orElse(_ -> true);
  }

  /**
   * Decides a change on what is there with the changes before it, and takes it in.
   *
   * @param now what ends then is over
   */
  <T> Joined join(Pending<T> pending, Instant now) {
    var fresh = new Draft(this::get);
    Draft draft;
    try {
      Draft made = pending.draft();
      draft = made.holdsFor(this::get, changedSince(made), now) ? made : pending.decide(fresh);
    } catch (Refusal refusal) {
      if (fresh.restsOn(this::uncommitted)) {
        // It was refused for what is not committed yet.
        late.put(pending, refusal);
        return Joined.YES;
      }
      pending.fail(refusal);
      return Joined.ANSWERED;
    } catch (RuntimeException bug) {
      pending.fail(bug);
      return Joined.ANSWERED;
    }
    List<Write> sealed;
    Map<String, Optional<RowState>> derived;
    try {
      sealed = sealed(draft);
      derived = derived(draft);
    } catch (RuntimeException bug) {
      pending.fail(bug);
      return Joined.ANSWERED;
    }
    if (!fits(draft, sealed)) {
      return Joined.FULL;
    }
    chains.addAll(draft.chains());
    overlay.putAll(derived);
    for (Write write : sealed) {
      writes.put(write.path(), write);
      overlay.put(write.path(), write.state().map(state -> state));
      bytes += write.size();
    }
    members.add(pending);
    return Joined.YES;
  }

  /** Seals what is to be written, while an earlier transaction may still be under way. */
  private List<Write> sealed(Draft draft) {
    var sealed = new ArrayList<Write>();
    for (Draft.Change change : draft.changes().values()) {
      if (change.key().kind().durable()) {
        sealed.add(sealed(change));
      }
    }
    return sealed;
  }

  private Write sealed(Draft.Change change) {
    String path = change.key().path();
    Key key = layout.row(path);
    return switch (change) {
      case Draft.Change.Put(_, Message message) -> {
        ByteString row = message.toByteString();
        ByteString sealed = sealer.seal(key, version, row);
        var state = new RowState.Sound(path, row, 0, sealer.element(key, sealed), sealer.keyId());
        yield new Write(path, key, sealed, Optional.of(state));
      }
      case Draft.Change.Delete _ -> new Write(path, key, ByteString.EMPTY, Optional.empty());
      case Draft.Change.Derive<?> _ ->
          throw new IllegalStateException(path + " is stored, and does not follow from others");
    };
  }

  /** What becomes of the rows that are not stored. */
  private Map<String, Optional<RowState>> derived(Draft draft) {
    var derived = new HashMap<String, Optional<RowState>>();
    for (Draft.Change change : draft.changes().values()) {
      String path = change.key().path();
      if (change instanceof Draft.Change.Derive<?> step) {
        derived.put(path, step.of(get(path)));
      } else if (!change.key().kind().durable()) {
        derived.put(path, Optional.empty());
      }
    }
    return derived;
  }

  private boolean fits(Draft draft, List<Write> sealed) {
    if (members.isEmpty()) {
      // One that is too large by itself fails by itself.
      return true;
    }
    int more = 0;
    long size = 0;
    for (Write write : sealed) {
      more += writes.containsKey(write.path()) ? 0 : 1;
      size += write.size();
    }
    int fresh = 0;
    for (String chain : draft.chains()) {
      fresh += chains.contains(chain) ? 0 : 1;
    }
    return writes.size() + more <= ROWS_MAX
        && bytes + size <= BYTES_MAX
        && chains.size() + fresh <= CHAINS_MAX;
  }

  /** Whether it was decided on this very image, and sealed under this key. */
  @SuppressWarnings("ReferenceEquality") // an image is itself, whatever another one holds
  boolean restsOn(Image image, Sealer present) {
    return base == image && sealer.keyId() == present.keyId();
  }

  /** How many changes it has, refused ones included that are not told so yet. */
  int size() {
    return members.size() + late.size();
  }

  /** Whether there is nothing to commit. */
  boolean empty() {
    return overlay.isEmpty();
  }

  /** What is to be committed, and the head that will be so then. */
  record Prepared(Transaction transaction, Head head) {}

  /**
   * The changes as one transaction. It takes effect only if this instance leads, if no transaction
   * came between, and if the chains that holds rest on are the ones that were read.
   *
   * @param attempt drawn at random
   */
  Prepared prepare(Compare fence, ByteString attempt) {
    Head was = base.head();
    var compares = new ArrayList<Compare>();
    compares.add(fence);
    compares.add(unmoved(was, layout));
    for (String path : chains) {
      RowState chain = base.get(path);
      if (chain != null) {
        compares.add(new Compare.ModifiedAt(layout.row(path), chain.revision()));
      }
    }
    var operations = new ArrayList<Operation>();
    SetDigest digest = was.digest();
    long count = was.rows();
    for (Write write : writes.values()) {
      RowState old = base.get(write.path());
      if (old != null && old.counted()) {
        digest = digest.minus(old.element());
        count--;
      }
      if (write.state().isPresent()) {
        digest = digest.plus(write.state().get().element());
        count++;
        operations.add(Operation.put(write.key(), new Value(write.sealed())));
      } else if (old != null) {
        operations.add(new Operation.Delete(write.key()));
      }
    }
    List<QuarantinedRow> quarantine =
        was.quarantine().stream().filter(row -> !writes.containsKey(row.getPath())).toList();
    var head =
        new Head(version, was.term(), count, digest, attempt, quarantine, was.restoration(), 0);
    operations.add(write(head, layout, sealer));
    return new Prepared(new Transaction(compares, operations), head);
  }

  /** That the head is the one that was read. */
  static Compare unmoved(Head head, Layout layout) {
    return head.revision() == 0
        ? new Compare.Absent(layout.head())
        : new Compare.ModifiedAt(layout.head(), head.revision());
  }

  /** Writes the head. */
  static Operation write(Head head, Layout layout, Sealer sealer) {
    return Operation.put(
        layout.head(),
        new Value(sealer.seal(layout.head(), head.version(), head.row().toByteString())));
  }

  /** What the image is once the transaction is committed, but for its revision. */
  private Image after() {
    if (after != null) {
      return after;
    }
    after =
        new Image(
            base.revision(),
            base.head(),
            base.rows().with(overlay),
            base.unreadable().minusAll(overlay.keySet()));
    return after;
  }

  /** The image once the transaction is committed. */
  Image committed(Prepared prepared, long revision) {
    writes.values().forEach(write -> write.state().ifPresent(state -> state.written(revision)));
    return new Image(revision, prepared.head().at(revision), after().rows(), after().unreadable());
  }

  /** Tells every caller that it is done. */
  void succeed(long revision) {
    members.forEach(member -> member.commit(revision));
    late.forEach(Pending::fail);
  }

  /** Tells every caller that it is not, or not known to be. */
  void fail(RuntimeException why) {
    members.forEach(member -> member.fail(why));
    late.keySet().forEach(member -> member.fail(why));
  }

  /** Those that took part, in their order. */
  List<Pending<?>> members() {
    var all = new ArrayList<>(members);
    all.addAll(late.keySet());
    return all;
  }
}
