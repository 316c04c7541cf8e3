package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.CommitResult.Committed;
import dev.holdfast.store.kv.CommitResult.Conflict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every key-value store must do. Each test writes under a prefix of its own. */
abstract class KeyValueStoreContract {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final AtomicInteger TESTS = new AtomicInteger();

  protected KeyValueStore store;
  private String prefix = "";

  /** Opens the store under test. */
  protected abstract KeyValueStore open();

  /** Lets time pass as the store sees it; one that lives in real time needs do nothing. */
  protected abstract void pass(Duration span);

  @BeforeEach
  void openStore() {
    store = open();
    prefix = "t" + TESTS.incrementAndGet() + "/";
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Key key(String name) {
    return Key.of(prefix + name);
  }

  private KeyRange all() {
    return KeyRange.prefix(Key.of(prefix));
  }

  private long put(String name, String value) {
    return commit(List.of(), List.of(Operation.put(key(name), Value.of(value))));
  }

  private long commit(List<Compare> compares, List<Operation> operations) {
    CommitResult result = store.commit(new Transaction(compares, operations));
    return assertInstanceOf(Committed.class, result).revision();
  }

  @Test
  void aRowTellsWhenItWasMadeAndHowOftenItWasPut() {
    long made = put("a", "1");
    long changed = put("a", "2");
    Row row = store.get(key("a")).rows().getFirst();
    assertEquals(new Row(key("a"), Value.of("2"), made, changed, 2), row);
    commit(List.of(), List.of(new Operation.Delete(key("a"))));
    long again = put("a", "3");
    assertEquals(
        new Row(key("a"), Value.of("3"), again, again, 1), store.get(key("a")).rows().getFirst());
  }

  @Test
  void everyOperationOfATransactionHappensAtOneRevision() {
    put("gone", "x");
    long revision =
        commit(
            List.of(),
            List.of(
                Operation.put(key("a"), Value.of("1")),
                new Operation.Delete(key("gone")),
                Operation.put(key("b"), Value.of("2"))));
    List<Row> rows = store.range(all()).rows();
    assertEquals(List.of(key("a"), key("b")), rows.stream().map(Row::key).toList());
    assertTrue(rows.stream().allMatch(row -> row.modRevision() == revision));
  }

  @Test
  void deletingWhatIsNotThereChangesNothing() {
    long before = put("a", "1");
    assertEquals(before, commit(List.of(), List.of(new Operation.Delete(key("absent")))));
    assertEquals(before, store.get(key("a")).revision());
  }

  @Test
  void aConflictChangesNothingAndShowsTheRowsCompared() {
    long revision = put("a", "1");
    var transaction =
        new Transaction(
            List.of(
                new Compare.ModifiedAt(key("a"), revision),
                new Compare.ValueIs(key("b"), Value.of("2"))),
            List.of(Operation.put(key("a"), Value.of("never"))));
    Conflict conflict = assertInstanceOf(Conflict.class, store.commit(transaction));
    assertEquals(List.of(new Row(key("a"), Value.of("1"), revision, revision, 1)), conflict.rows());
    assertEquals(revision, store.get(key("a")).rows().getFirst().modRevision());
  }

  @Test
  void everyKindOfComparisonHoldsAndFails() {
    long revision = put("a", "1");
    List<Compare> hold =
        List.of(
            new Compare.Absent(key("b")),
            new Compare.ModifiedAt(key("a"), revision),
            new Compare.CreatedAt(key("a"), revision),
            new Compare.ValueIs(key("a"), Value.of("1")),
            new Compare.VersionIs(key("a"), 1));
    assertInstanceOf(Committed.class, store.commit(new Transaction(hold, List.of())));
    List<Compare> fail =
        List.of(
            new Compare.Absent(key("a")),
            new Compare.ModifiedAt(key("a"), revision + 1),
            new Compare.CreatedAt(key("a"), revision + 1),
            new Compare.CreatedAt(key("b"), revision),
            new Compare.ValueIs(key("a"), Value.of("2")),
            new Compare.ValueIs(key("b"), Value.of("")),
            new Compare.VersionIs(key("a"), 2));
    for (Compare compare : fail) {
      assertInstanceOf(
          Conflict.class,
          store.commit(new Transaction(List.of(compare), List.of())),
          compare.toString());
    }
  }

  @Test
  void aKeyThatWasMadeAnewIsNotTheOneThatWasThere() {
    long first = put("leader", "1");
    put("leader", "2");
    var mine = new Compare.CreatedAt(key("leader"), first);
    commit(List.of(mine), List.of(Operation.put(key("a"), Value.of("1"))));
    commit(List.of(mine), List.of(new Operation.Delete(key("leader"))));
    long second = put("leader", "3");
    Conflict deposed =
        assertInstanceOf(
            Conflict.class,
            store.commit(
                new Transaction(
                    List.of(mine), List.of(Operation.put(key("a"), Value.of("never"))))));
    assertEquals(second, deposed.rows().getFirst().createRevision());
    assertThrows(IllegalArgumentException.class, () -> new Compare.CreatedAt(key("leader"), 0));
  }

  @Test
  void aRangeIsCutAtItsLimitAndSaysSo() {
    for (String name : List.of("a", "b", "c")) {
      put(name, name);
    }
    Snapshot two = store.range(all(), OptionalLong.empty(), 2);
    assertTrue(two.more());
    assertEquals(List.of(key("a"), key("b")), two.rows().stream().map(Row::key).toList());
    Snapshot rest = store.range(all().after(key("b")).orElseThrow(), OptionalLong.empty(), 2);
    assertFalse(rest.more());
    assertEquals(List.of(key("c")), rest.rows().stream().map(Row::key).toList());
  }

  @Test
  void theKeysOfOnePrefixAreNotThoseOfAnother() {
    put("a/1", "x");
    put("a0", "y");
    put("a", "z");
    assertEquals(
        List.of(key("a/1")),
        store.range(KeyRange.prefix(key("a/"))).rows().stream().map(Row::key).toList());
    assertEquals(List.of(key("a")), store.get(key("a")).rows().stream().map(Row::key).toList());
  }

  @Test
  void keysAreOrderedAsUnsignedBytes() {
    List<Key> keys =
        IntStream.of(0x00, 0x7f, 0x80, 0xff)
            .mapToObj(
                octet ->
                    new Key(
                        ByteString.copyFromUtf8(prefix)
                            .concat(ByteString.copyFrom(new byte[] {(byte) octet}))))
            .toList();
    for (Key key : keys) {
      commit(List.of(), List.of(Operation.put(key, new Value(ByteString.EMPTY))));
    }
    assertEquals(keys, store.range(all()).rows().stream().map(Row::key).toList());
    assertEquals(keys, keys.stream().sorted().toList());
  }

  @Test
  void theLargestValueAndTheLongestKeyAreKept() {
    byte[] large = new byte[Value.BYTES_MAX];
    new Random(1).nextBytes(large);
    var value = new Value(ByteString.copyFrom(large));
    Key key = key("k".repeat(Key.BYTES_MAX - prefix.length()));
    commit(List.of(), List.of(Operation.put(key, value)));
    assertEquals(value, store.get(key).rows().getFirst().value());
    assertThrows(IllegalArgumentException.class, () -> Key.of("k".repeat(Key.BYTES_MAX + 1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Value(ByteString.copyFrom(new byte[Value.BYTES_MAX + 1])));
  }

  @Test
  void theLargestTransactionIsDoneAndALargerOneCannotBeMade() {
    List<Operation> most = puts(Transaction.OPERATIONS_MAX);
    List<Compare> compares =
        most.stream().<Compare>map(operation -> new Compare.Absent(operation.key())).toList();
    commit(compares, most);
    assertEquals(Transaction.OPERATIONS_MAX, store.range(all()).rows().size());
    assertInstanceOf(Conflict.class, store.commit(new Transaction(compares, most)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Transaction(List.of(), puts(Transaction.OPERATIONS_MAX + 1)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Transaction(
                List.of(),
                List.of(new Operation.Delete(key("a")), new Operation.Delete(key("a")))));
  }

  private List<Operation> puts(int count) {
    return IntStream.range(0, count)
        .<Operation>mapToObj(i -> Operation.put(key("n" + i), Value.of("" + i)))
        .toList();
  }

  @Test
  void theFutureCannotBeReadOrCompacted() {
    long now = put("a", "1");
    assertThrows(
        IllegalArgumentException.class, () -> store.range(all(), OptionalLong.of(now + 100), 1));
    assertThrows(IllegalArgumentException.class, () -> store.compact(now + 100));
  }

  @Test
  void compactionForgetsThePastAndKeepsThePresent() throws Exception {
    long first = put("a", "1");
    long second = put("a", "2");
    long third = put("a", "3");
    store.compact(second);
    store.compact(second);
    store.compact(first);
    assertEquals(
        Value.of("2"), store.range(all(), OptionalLong.of(second), 1).rows().getFirst().value());
    assertEquals(Value.of("3"), store.range(all()).rows().getFirst().value());
    assertThrows(RevisionCompacted.class, () -> store.range(all(), OptionalLong.of(first), 1));
    try (Watch late = store.watch(all(), first)) {
      assertInstanceOf(Watch.Compacted.class, late.next(PATIENCE));
      assertInstanceOf(Watch.Compacted.class, late.next(PATIENCE));
    }
    try (Watch watch = store.watch(all(), third)) {
      assertEquals(third, assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE)).revision());
    }
  }

  @Test
  void aWatchHearsThePastThenThePresent() {
    long first = put("a", "1");
    try (Watch watch = store.watch(all(), first)) {
      assertEquals(first, assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE)).revision());
      assertInstanceOf(Watch.Idle.class, watch.next(Duration.ofMillis(1)));
      long second = put("a", "2");
      Watch.Changed changed = assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      assertEquals(
          List.of(new Change.Put(new Row(key("a"), Value.of("2"), first, second, 2))),
          changed.changes());
    }
  }

  @Test
  void aWatchHearsOnlyItsRange() {
    long from = put("a", "1") + 1;
    try (Watch watch = store.watch(KeyRange.prefix(key("b/")), from)) {
      put("a", "2");
      long wanted = put("b/1", "3");
      Watch.Changed changed = assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      assertEquals(wanted, changed.revision());
    }
  }

  @Test
  void aClosedWatchLetsItsReaderGo() throws Exception {
    Watch watch = store.watch(all(), 1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> reader =
          threads.submit(() -> assertThrows(IllegalStateException.class, () -> drain(watch)));
      put("a", "1");
      watch.close();
      reader.get();
    }
  }

  private static void drain(Watch watch) {
    for (int i = 0; i < 1000; i++) {
      watch.next(PATIENCE);
    }
  }

  @Test
  void anExpiredLeaseTakesItsRowsWithIt() {
    Lease lease = store.grantLease(Lease.TIME_TO_LIVE_MIN);
    long from = put("stays", "1") + 1;
    commit(
        List.of(),
        List.of(
            new Operation.Put(key("a"), Value.of("1"), Optional.of(lease.id())),
            new Operation.Put(key("b"), Value.of("1"), Optional.of(lease.id())),
            new Operation.Put(key("freed"), Value.of("1"), Optional.of(lease.id()))));
    put("freed", "2");
    try (Watch watch = store.watch(all(), from)) {
      assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      pass(lease.timeToLive());
      Watch.Changed ended = assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      assertEquals(
          List.of(
              new Change.Deleted(key("a"), ended.revision()),
              new Change.Deleted(key("b"), ended.revision())),
          ended.changes());
    }
    assertThrows(LeaseNotFound.class, () -> store.keepAlive(lease.id()));
    assertEquals(
        List.of(key("freed"), key("stays")),
        store.range(all()).rows().stream().map(Row::key).toList());
  }

  @Test
  void theKeysThatEndWithALeaseAreKnown() {
    Lease lease = store.grantLease(Duration.ofSeconds(30));
    put("stays", "1");
    commit(
        List.of(),
        List.of(
            new Operation.Put(key("a"), Value.of("1"), Optional.of(lease.id())),
            new Operation.Put(key("freed"), Value.of("1"), Optional.of(lease.id()))));
    put("freed", "2");
    assertEquals(Set.of(key("a")), store.leased(all()));
    store.revokeLease(lease.id());
    assertEquals(Set.of(), store.leased(all()));
  }

  @Test
  void aLeaseKeptAliveOutlivesItsFirstTerm() {
    Lease lease = store.grantLease(Duration.ofSeconds(30));
    commit(List.of(), List.of(new Operation.Put(key("a"), Value.of("1"), Optional.of(lease.id()))));
    pass(Duration.ofSeconds(20));
    assertEquals(lease, store.keepAlive(lease.id()));
    pass(Duration.ofSeconds(20));
    assertEquals(1, store.get(key("a")).rows().size());
  }

  @Test
  void aRevokedLeaseIsGoneAndMayBeRevokedAgain() {
    Lease lease = store.grantLease(Duration.ofSeconds(30));
    var put = new Operation.Put(key("a"), Value.of("1"), Optional.of(lease.id()));
    commit(List.of(), List.of(put));
    store.revokeLease(lease.id());
    store.revokeLease(lease.id());
    assertTrue(store.get(key("a")).rows().isEmpty());
    assertThrows(LeaseNotFound.class, () -> store.commit(new Transaction(List.of(), List.of(put))));
    assertThrows(IllegalArgumentException.class, () -> store.grantLease(Duration.ofMillis(1)));
  }

  @Test
  void aCounterRaisedFromManyThreadsMissesNothing() throws Exception {
    put("counter", "0");
    int threads = 8;
    int each = 25;
    Callable<Void> work =
        () -> {
          for (int i = 0; i < each; i++) {
            raise();
          }
          return null;
        };
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> done :
          executor.invokeAll(IntStream.range(0, threads).mapToObj(_ -> work).toList())) {
        done.get();
      }
    }
    Row row = store.get(key("counter")).rows().getFirst();
    assertEquals(Value.of("" + threads * each), row.value());
    assertEquals(threads * each + 1, row.version());
  }

  private void raise() {
    while (true) {
      Row row = store.get(key("counter")).rows().getFirst();
      int next = Integer.parseInt(row.value().bytes().toStringUtf8()) + 1;
      CommitResult result =
          store.commit(
              new Transaction(
                  List.of(new Compare.ModifiedAt(row.key(), row.modRevision())),
                  List.of(Operation.put(row.key(), Value.of("" + next)))));
      if (result instanceof Committed) {
        return;
      }
    }
  }

  @Test
  void aClosedStoreSaysSo() {
    store.close();
    assertThrows(IllegalStateException.class, () -> store.get(key("a")));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomTransactionsDoWhatTheModelDoes(long seed) {
    var random = new Random(seed);
    long start = store.get(key("none")).revision();
    var model = new StoreModel(start);
    try (Watch live = store.watch(all(), start + 1)) {
      for (int step = 0; step < 200; step++) {
        Transaction transaction = randomTransaction(random, model);
        assertEquals(
            model.commit(transaction),
            store.commit(transaction),
            "seed %d, step %d: %s".formatted(seed, step, transaction));
      }
      for (var entry : model.revisions.entrySet()) {
        assertEquals(
            List.copyOf(entry.getValue().values()),
            store.range(all(), OptionalLong.of(entry.getKey()), 100).rows(),
            "seed %d, revision %d".formatted(seed, entry.getKey()));
      }
      try (Watch later = store.watch(all(), start + 1)) {
        assertEquals(model.changes, heard(live, model.changes.size()), "seed " + seed);
        assertEquals(model.changes, heard(later, model.changes.size()), "seed " + seed);
      }
    }
  }

  private SortedMap<Long, List<Change>> heard(Watch watch, int revisions) {
    var heard = new TreeMap<Long, List<Change>>();
    long last = 0;
    while (heard.size() < revisions) {
      Watch.Changed changed = assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
      assertTrue(changed.revision() > last, "in order, and each once");
      last = changed.revision();
      heard.put(last, changed.changes());
    }
    assertInstanceOf(Watch.Idle.class, watch.next(Duration.ofMillis(20)));
    return heard;
  }

  private Transaction randomTransaction(Random random, StoreModel model) {
    var compares = new ArrayList<Compare>();
    for (int i = random.nextInt(3); i > 0; i--) {
      Key key = key("k" + random.nextInt(6));
      Row row = model.present().get(key);
      compares.add(
          row == null || random.nextInt(10) == 0
              ? new Compare.Absent(key)
              : switch (random.nextInt(4)) {
                case 0 -> new Compare.ModifiedAt(key, row.modRevision() + random.nextInt(8) / 7);
                case 2 -> new Compare.CreatedAt(key, row.createRevision() + random.nextInt(8) / 7);
                case 1 -> new Compare.ValueIs(key, row.value());
                default -> new Compare.VersionIs(key, row.version() + random.nextInt(8) / 7);
              });
    }
    var operations = new TreeMap<Key, Operation>();
    for (int i = random.nextInt(5); i > 0; i--) {
      Key key = key("k" + random.nextInt(6));
      operations.put(
          key,
          random.nextInt(3) == 0
              ? new Operation.Delete(key)
              : Operation.put(key, Value.of("v" + random.nextInt(4))));
    }
    return new Transaction(compares, List.copyOf(operations.values()));
  }
}
