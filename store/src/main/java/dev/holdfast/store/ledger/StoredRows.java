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
import org.pcollections.TreePMap;
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
    return guarded(() -> store.get(key).row(key)).map(this::entry);
  }

  /** Lists rows of one kind as they are; see {@link Image#list}. */
  <M extends Message, T> Listing<T> list(
      Kind<M, T> kind, String under, Optional<String> after, int limit) {
    KeyRange all = layout.rows(kind.prefix() + under);
    Optional<KeyRange> range =
        after.isPresent()
            ? all.after(layout.row(kind.prefix() + after.get()))
            : Optional.of(all);
    Snapshot found = guarded(() -> store.range(range.orElse(all), OptionalLong.empty(), limit));
    var rows = new ArrayList<Stored<T>>();
    var unreadable = new ArrayList<String>();
    for (Row row : range.isPresent() ? found.rows() : List.<Row>of()) {
      RowState entry = entry(row);
      Image.read(kind, entry).ifPresentOrElse(rows::add, () -> unreadable.add(entry.path()));
    }
    return new Listing<>(rows, unreadable, found.revision(), range.isPresent() && found.more());
  }

  /** What the head's row says; empty where there is none. */
  Optional<Head> head() {
    return guarded(() -> store.get(layout.head()).row(layout.head())).map(this::head);
  }

  private Head head(Row row) {
    if (open(row) instanceof Opened.Plain(_, ByteString plain, _)) {
      try {
        return Head.of(HeadRow.parseFrom(plain), row.modRevision());
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw broken();
      }
    }
    throw broken();
  }

  private static Refusal broken() {
    return new Refusal(new StoredProblem.LedgerIntegrity("head"));
  }

  private Opened open(Row row) {
    return ring.open(row.key(), row.value().bytes());
  }

  /** A stored row as an entry. */
  RowState entry(Row row) {
    String path = layout.path(row.key());
    ByteString sealed = row.value().bytes();
    if (!(open(row) instanceof Opened.Plain(_, ByteString plain, _))) {
      return new RowState.Damaged(
          path, new StoredProblem.LedgerIntegrity(path), row.modRevision(), SetDigest.EMPTY);
    }
    SetDigest element = ring.sealer().element(row.key(), sealed);
    try {
      Optional<Kind<?, ?>> kind = Kinds.of(path);
      if (kind.isPresent()) {
        return new RowState.Sound(path, kind.get().parse(plain), row.modRevision(), element);
      }
    } catch (InvalidProtocolBufferException e) {
      // What it would have said is not needed to say that it cannot be read.
    }
    return new RowState.Damaged(
        path, new StoredProblem.RowUnreadable(path), row.modRevision(), element);
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

  /** All rows of a shard as they are stored, and its head. */
  private record Found(long revision, Optional<Row> head, Map<String, Row> rows) {}

  private Found read(OptionalLong at) {
    var rows = new HashMap<String, Row>();
    Optional<Row> head = Optional.empty();
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
          rows.put(layout.path(row.key()), row);
        } else if (row.key().equals(layout.head())) {
          head = Optional.of(row);
        }
      }
      rest = page.more() ? rest.get().after(page.rows().getLast().key()) : Optional.empty();
    }
    return new Found(revision.orElseThrow(), head, rows);
  }

  private Image collect() {
    Found found = read(OptionalLong.empty());
    Head head = found.head().map(this::head).orElse(Head.NONE);
    var entries = new TreeMap<String, RowState>();
    found.rows().values().forEach(row -> put(entries, entry(row)));
    if (!agrees(head, entries.values())) {
      quarantine(head, found, entries);
    }
    var unreadable = new ArrayList<String>();
    for (RowState entry : entries.values()) {
      Optional<Kind<?, ?>> kind = Kinds.of(entry.path());
      if (kind.isEmpty() || Image.read(kind.get(), entry).isEmpty()) {
        unreadable.add(entry.path());
      }
    }
    Image image =
        new Image(
            found.revision(),
            head,
            TreePMap.fromSortedMap(entries),
            TreePSet.from(unreadable));
    return Derived.of(image);
  }

  private static void put(Map<String, RowState> entries, RowState entry) {
    entries.put(entry.path(), entry);
  }

  private static boolean agrees(Head head, Iterable<RowState> entries) {
    SetDigest digest = SetDigest.EMPTY;
    long rows = 0;
    for (RowState entry : entries) {
      digest = digest.plus(entry.element());
      rows++;
    }
    return rows == head.rows() && digest.equals(head.digest());
  }

  /**
   * Every transaction of ours writes the head. So the rows that the store had when the head was
   * written are the true ones, and whatever differs since was done by somebody else.
   */
  private void quarantine(Head head, Found found, Map<String, RowState> entries) {
    if (head.revision() == 0) {
      throw broken();
    }
    Found before;
    try {
      before = read(OptionalLong.of(head.revision()));
    } catch (Compacted e) {
      throw broken();
    }
    var truth = new HashMap<String, RowState>();
    before.rows().values().forEach(row -> put(truth, entry(row)));
    if (!agrees(head, truth.values())) {
      throw broken();
    }
    for (Row row : found.rows().values()) {
      String path = layout.path(row.key());
      if (!truth.containsKey(path)) {
        put(entries, damaged(path, row.modRevision(), SetDigest.EMPTY));
      }
    }
    for (RowState was : truth.values()) {
      RowState is = entries.get(was.path());
      if (is == null || is.revision() != was.revision()) {
        put(entries, damaged(was.path(), found.revision(), was.element()));
      }
    }
  }

  /** What stands for a row that somebody else wrote or deleted; the element is the true row's. */
  static RowState damaged(String path, long revision, SetDigest element) {
    return new RowState.Damaged(path, new StoredProblem.LedgerIntegrity(path), revision, element);
  }
}
