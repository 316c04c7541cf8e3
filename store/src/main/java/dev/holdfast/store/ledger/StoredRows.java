package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.StoredProblem;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.RevisionCompacted;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.proto.HeadRow;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.Opened;
import dev.holdfast.store.seal.SetDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.pcollections.TreePSet;

/** A shard as it is stored: read, opened, and compared with what its head says of it. */
final class StoredRows {
  private static final int PAGE = 1000;
  private static final int ATTEMPTS_MAX = 3;

  private final KeyValueStore store;
  private final Layout layout;
  private final Ring ring;

  StoredRows(KeyValueStore store, Layout layout, Ring ring) {
    this.store = store;
    this.layout = layout;
    this.ring = ring;
  }

  /** Turns the store's failures into the refusal that callers know. */
  static <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (StoreFailure e) {
      throw unavailable(e);
    }
  }

  static Refusal unavailable(StoreFailure why) {
    var refusal = new Refusal(new Problem.StoreUnavailable(String.valueOf(why.getMessage())));
    refusal.addSuppressed(why);
    return refusal;
  }

  /** Reads one row as it is. */
  Optional<RowState> get(String path) {
    Key key = layout.row(path);
    return guarded(() -> store.get(key).row(key)).map(this::state);
  }

  /** Lists rows of one kind as they are; see {@link Image#list}. */
  <M extends Message, T> Listing<T> list(
      Kind<M, T> kind, String under, Optional<String> after, int limit) {
    KeyRange all = layout.rows(kind.prefix() + under);
    Optional<KeyRange> range =
        after.isPresent() ? all.after(layout.row(kind.prefix() + after.get())) : Optional.of(all);
    Snapshot found = guarded(() -> store.range(range.orElse(all), OptionalLong.empty(), limit));
    var rows = new ArrayList<Stored<T>>();
    var unreadable = new ArrayList<String>();
    for (Row row : range.isPresent() ? found.rows() : List.<Row>of()) {
      RowState state = state(row);
      Image.read(kind, state).ifPresentOrElse(rows::add, () -> unreadable.add(state.path()));
    }
    return new Listing<>(rows, unreadable, found.revision(), range.isPresent() && found.more());
  }

  /** What the head's row says; empty where there is none. */
  Optional<Head> head() {
    return guarded(() -> store.get(layout.head()).row(layout.head()))
        .map(row -> head(row).orElseThrow(StoredRows::broken));
  }

  /** What a head's row says; empty where it says nothing that we wrote. */
  Optional<Head> head(Row row) {
    if (open(row) instanceof Opened.Plain(_, ByteString plain, _)) {
      try {
        return Optional.of(Head.of(HeadRow.parseFrom(plain), row.modRevision()));
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static Refusal broken() {
    return new Refusal(new StoredProblem.LedgerIntegrity("head"));
  }

  private Opened open(Row row) {
    return ring.open(row.key(), row.value().bytes());
  }

  /** A row as it was found. */
  RowState state(Row row) {
    String path = layout.path(row.key());
    ByteString sealed = row.value().bytes();
    if (!(open(row) instanceof Opened.Plain(_, ByteString plain, int keyId))) {
      return RowState.Damaged.foreign(path, row.modRevision(), Optional.empty());
    }
    SetDigest element = ring.sealer().element(row.key(), sealed);
    try {
      Optional<Kind<?, ?>> kind = Kinds.of(path);
      if (kind.isPresent()) {
        Message _ = kind.get().parse(plain);
        return new RowState.Sound(path, plain, row.modRevision(), element, keyId);
      }
    } catch (InvalidProtocolBufferException e) {
      // What it would have said is not needed to say that it cannot be read.
    }
    return RowState.Damaged.unreadable(path, row.modRevision(), element);
  }

  /**
   * Reads everything at one revision and holds it against the head. Rows that somebody else wrote,
   * or deleted, since the head was written are kept from use; the others are served.
   *
   * @throws Refusal {@link StoredProblem.LedgerIntegrity} where the rows are not those of the head,
   *     and the store does not remember those any more
   */
  Image load() {
    Refusal last = new Refusal(new Problem.Unavailable("ledger", "it was compacted meanwhile"));
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        return guarded(this::collect);
      } catch (Compacted e) {
        // The store forgot the revision between two pages: read the present one.
        last.addSuppressed(e);
      }
    }
    throw last;
  }

  /** A revision was forgotten while it was read; it never leaves this class. */
  private static final class Compacted extends RuntimeException {
    Compacted(RevisionCompacted why) {
      super(why);
    }
  }

  /** All rows of a shard as they are stored, by their paths, and its head. */
  private record Found(long revision, Head head, TreeMap<String, RowState> rows) {
    /** Whether these are the rows that the head was written for. */
    boolean agrees() {
      SetDigest digest = SetDigest.EMPTY;
      long count = 0;
      for (RowState row : rows.values()) {
        if (row.counted()) {
          digest = digest.plus(row.element());
          count++;
        }
      }
      return count == head.rows() && digest.equals(head.digest());
    }
  }

  private Found read(OptionalLong at) {
    var rows = new TreeMap<String, RowState>();
    Optional<Row> stored = Optional.empty();
    Optional<KeyRange> rest = Optional.of(layout.all());
    OptionalLong revision = at;
    while (rest.isPresent()) {
      Snapshot page;
      try {
        page = store.range(rest.get(), revision, PAGE);
      } catch (RevisionCompacted e) {
        throw new Compacted(e);
      }
      if (revision.isEmpty()) {
        revision = OptionalLong.of(page.revision());
      }
      for (Row row : page.rows()) {
        if (layout.isRow(row.key())) {
          rows.put(layout.path(row.key()), state(row));
        } else if (row.key().equals(layout.head())) {
          stored = Optional.of(row);
        } else if (row.key().equals(layout.keys())) {
          // In the order of the keys it comes before the rows that are sealed under what is in it.
          ring.learn(row);
        }
      }
      rest = page.more() ? rest.get().after(page.rows().getLast().key()) : Optional.empty();
    }
    Head head = stored.map(row -> head(row).orElseThrow(StoredRows::broken)).orElse(Head.NONE);
    for (QuarantinedRow row : head.quarantine()) {
      rows.put(row.getPath(), RowState.Damaged.quarantined(row, revision.orElseThrow()));
    }
    return new Found(revision.orElseThrow(), head, rows);
  }

  private Image collect() {
    Found found = read(OptionalLong.empty());
    Map<String, RowState.Damaged> foreign = found.agrees() ? Map.of() : foreign(found);
    found.rows().putAll(foreign);
    var unreadable = new ArrayList<String>();
    for (RowState row : found.rows().values()) {
      Optional<Kind<?, ?>> kind = Kinds.of(row.path());
      if (kind.isEmpty() || Image.read(kind.get(), row).isEmpty()) {
        unreadable.add(row.path());
      }
    }
    Derived.add(found.rows());
    var image =
        new Image(
            found.revision(),
            found.head(),
            RowMap.of(found.rows().values()),
            TreePSet.from(unreadable));
    return image.quarantining(foreign.values());
  }

  /**
   * Every transaction of ours writes the head. So the rows that the store had when the head was
   * written are the true ones, and whatever differs since was done by somebody else.
   */
  private Map<String, RowState.Damaged> foreign(Found found) {
    if (found.head().revision() == 0) {
      throw broken();
    }
    Found truth;
    try {
      truth = read(OptionalLong.of(found.head().revision()));
    } catch (Compacted e) {
      throw broken();
    }
    if (!truth.agrees()) {
      throw broken();
    }
    var foreign = new HashMap<String, RowState.Damaged>();
    for (RowState is : found.rows().values()) {
      if (!truth.rows().containsKey(is.path())) {
        foreign.put(
            is.path(), RowState.Damaged.foreign(is.path(), is.revision(), Optional.empty()));
      }
    }
    for (RowState was : truth.rows().values()) {
      RowState is = found.rows().get(was.path());
      boolean changed = is == null || is.revision() != was.revision();
      if (changed && !found.head().quarantines(was.path())) {
        foreign.put(
            was.path(), RowState.Damaged.foreign(was.path(), found.revision(), Optional.of(was)));
      }
    }
    if (found.head().quarantine().size() + foreign.size() > Head.QUARANTINE_MAX) {
      throw broken();
    }
    return foreign;
  }
}
