package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.Sealer;
import dev.holdfast.store.seal.SetDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * Changes that are committed together: decided one after the other, each on what those before it
 * made, then one transaction, then the next image. It does no I/O.
 */
final class Batch {
  /** Room for the head's row, which every transaction writes. */
  static final int ROWS_MAX = Transaction.OPERATIONS_MAX - 1;

  /** Room for the comparisons of the leader's row and of the head's. */
  private static final int CHAINS_MAX = Transaction.OPERATIONS_MAX - 2;

  /** Room for the head's row, its key, and the keys of the leader's. */
  private static final int BYTES_MAX = Transaction.BYTES_MAX - 8 * 1024;

  private final Image base;
  private final Layout layout;
  private final Sealer sealer;
  private final Head next;
  private final Instant now;
  private final Map<String, Draft.Change> changes = new LinkedHashMap<>();
  private final Map<String, Optional<RowState>> overlay = new LinkedHashMap<>();
  private final Set<String> chains = new LinkedHashSet<>();
  private final List<Pending<?>> members = new ArrayList<>();
  private final Map<Pending<?>, Refusal> late = new LinkedHashMap<>();
  private int rows;
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
   * An empty batch.
   *
   * @param base what it is decided on
   * @param version of the transaction; higher than any that was tried
   * @param attempt drawn at random
   * @param now what ends then is over
   */
  Batch(Image base, Layout layout, Sealer sealer, long version, ByteString attempt, Instant now) {
    this.base = base;
    this.now = now;
    this.layout = layout;
    this.sealer = sealer;
    this.next = base.head().next(version, base.head().term(), attempt);
  }

  private @Nullable RowState get(String path) {
    Optional<RowState> changed = overlay.get(path);
    return changed == null ? base.get(path) : changed.orElse(null);
  }

  /** Decides a change on what is there with the changes before it, and takes it in. */
  <T> Joined join(Pending<T> pending) {
    var fresh = new Draft(this::get);
    Draft draft;
    try {
      draft = pending.draft(this::get, now, fresh);
    } catch (Refusal refusal) {
      if (fresh.restsOn(overlay::containsKey)) {
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
    if (!fits(draft)) {
      return Joined.FULL;
    }
    take(draft);
    members.add(pending);
    return Joined.YES;
  }

  private boolean fits(Draft draft) {
    if (members.isEmpty()) {
      // One that is too large by itself fails by itself.
      return true;
    }
    int more = 0;
    long size = 0;
    for (Draft.Change change : draft.changes().values()) {
      if (change.key().kind().durable()) {
        more += changes.containsKey(change.key().path()) ? 0 : 1;
        size += size(change);
      }
    }
    long fresh = chains(draft).stream().filter(path -> !chains.contains(path)).count();
    return rows + more <= ROWS_MAX
        && bytes + size <= BYTES_MAX
        && chains.size() + fresh <= CHAINS_MAX;
  }

  private long size(Draft.Change change) {
    long key = layout.row(change.key().path()).bytes().size();
    return switch (change) {
      case Draft.Change.Put(_, Message message) ->
          key + Sealer.OVERHEAD_BYTES + message.getSerializedSize();
      case Draft.Change.Derive _, Draft.Change.Delete _ -> key;
    };
  }

  /** The chains that a draft rests on, as they are stored. */
  private List<String> chains(Draft draft) {
    return draft.reads().keySet().stream()
        .filter(path -> path.startsWith(Kinds.CHAIN.prefix()))
        .filter(path -> base.get(path) != null)
        .toList();
  }

  private void take(Draft draft) {
    chains.addAll(chains(draft));
    for (Draft.Change change : draft.changes().values()) {
      String path = change.key().path();
      switch (change) {
        case Draft.Change.Put(RowKey<?, ?> key, Message message) -> {
          overlay.put(path, Optional.of(pending(path, message)));
          count(key, change);
        }
        case Draft.Change.Derive(RowState.Sound row, _) -> overlay.put(path, Optional.of(row));
        case Draft.Change.Delete(RowKey<?, ?> key) -> {
          overlay.put(path, Optional.empty());
          count(key, change);
        }
      }
    }
  }

  /** A row that is not stored yet. */
  private static RowState pending(String path, Message message) {
    return new RowState.Sound(path, message, 0, SetDigest.EMPTY, 0);
  }

  private void count(RowKey<?, ?> key, Draft.Change change) {
    if (!key.kind().durable()) {
      return;
    }
    if (changes.put(key.path(), change) == null) {
      rows++;
    }
    bytes += size(change);
  }

  /** Whether there is anything to commit. */
  boolean empty() {
    return overlay.isEmpty();
  }

  /** What is to be committed, and what will be so then. */
  record Prepared(Transaction transaction, Head head, Map<String, SetDigest> elements) {}

  /**
   * The changes as one transaction. It takes effect only if this instance leads, if no transaction
   * came between, and if the chains that holds rest on are the ones that were read.
   */
  Prepared prepare(Compare fence) {
    var compares = new ArrayList<Compare>();
    compares.add(fence);
    compares.add(unmoved(base.head(), layout));
    for (String path : chains) {
      RowState chain = base.get(path);
      if (chain != null) {
        compares.add(new Compare.ModifiedAt(layout.row(path), chain.revision()));
      }
    }
    var operations = new ArrayList<Operation>();
    var elements = new LinkedHashMap<String, SetDigest>();
    SetDigest digest = next.digest();
    long count = next.rows();
    for (Draft.Change change : changes.values()) {
      String path = change.key().path();
      RowState before = base.get(path);
      if (before != null && before.counted()) {
        digest = digest.minus(before.element());
        count--;
      }
      switch (change) {
        case Draft.Change.Put(_, Message message) -> {
          var key = layout.row(path);
          ByteString sealed = sealer.seal(key, next.version(), message.toByteString());
          SetDigest element = sealer.element(key, sealed);
          elements.put(path, element);
          digest = digest.plus(element);
          count++;
          operations.add(Operation.put(key, new Value(sealed)));
        }
        case Draft.Change.Derive _ -> {
          // It is not stored, and never counted among what is.
        }
        case Draft.Change.Delete _ -> {
          if (before != null) {
            operations.add(new Operation.Delete(layout.row(path)));
          }
        }
      }
    }
    List<QuarantinedRow> quarantine =
        next.quarantine().stream().filter(row -> !changes.containsKey(row.getPath())).toList();
    var head =
        new Head(
            next.version(),
            next.term(),
            count,
            digest,
            next.attempt(),
            quarantine,
            next.restoration(),
            0);
    operations.add(write(head, layout, sealer));
    return new Prepared(new Transaction(compares, operations), head, elements);
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

  /** The image once the transaction is committed. */
  Image committed(Prepared prepared, long revision) {
    TreePMap<String, RowState> image = base.rows();
    TreePSet<String> unreadable = base.unreadable();
    for (Map.Entry<String, Optional<RowState>> one : overlay.entrySet()) {
      String path = one.getKey();
      Optional<RowState> entry = one.getValue();
      SetDigest element = prepared.elements().get(path);
      if (entry.isEmpty()) {
        image = image.minus(path);
      } else if (element == null) {
        image = image.plus(path, entry.get());
      } else {
        image =
            image.plus(
                path,
                new RowState.Sound(
                    path, entry.get().sound().message(), revision, element, sealer.keyId()));
      }
      unreadable = unreadable.minus(path);
    }
    return new Image(revision, prepared.head().at(revision), image, unreadable);
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

  /** How many took part. */
  int size() {
    return members.size() + late.size();
  }

  /** Those that took part, in their order. */
  List<Pending<?>> members() {
    var all = new ArrayList<>(members);
    all.addAll(late.keySet());
    return all;
  }
}
