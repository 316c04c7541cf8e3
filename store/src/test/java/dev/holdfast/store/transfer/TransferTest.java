package dev.holdfast.store.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.peers.Etcd;
import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreFailure;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.RestoredRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  @TempDir Path folder;

  private KeyValueStore embedded(String name) {
    return EmbeddedStore.open(folder.resolve(name), InstantSource.fixed(NOW));
  }

  private static StoreImport.Result read(Path file, KeyValueStore store, long seed) {
    return StoreImport.read(file, store, StoreImport.Existing.REFUSE, NOW, new Random(seed));
  }

  /** Small rows and large ones, more than a page and more than a transaction. */
  private static void fill(KeyValueStore store, Random random, int count) {
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[random.nextInt(40) == 0 ? 300_000 : random.nextInt(300)];
      random.nextBytes(value);
      put(store, "holdfast/v1/truth/" + random.nextInt(10_000), ByteString.copyFrom(value));
    }
    put(store, "holdfast/v1/truth/largest", ByteString.copyFrom(new byte[Value.BYTES_MAX]));
    put(store, "elsewhere", ByteString.copyFromUtf8("not ours"));
  }

  private static void put(KeyValueStore store, String key, ByteString value) {
    store.commit(new Transaction(List.of(), List.of(Operation.put(Key.of(key), new Value(value)))));
  }

  private static SortedMap<Key, Value> rows(KeyValueStore store) {
    var rows = new TreeMap<Key, Value>();
    Optional<KeyRange> rest = Optional.of(TransferMarks.ROWS);
    while (rest.isPresent()) {
      Snapshot page = store.range(rest.get(), OptionalLong.empty(), 50);
      page.rows().forEach(row -> rows.put(row.key(), row.value()));
      rest = page.more() ? rest.get().after(rows.lastKey()) : Optional.empty();
    }
    return rows;
  }

  @Test
  void whatIsExportedFromOneKindOfStoreIsImportedIntoTheOtherAndBack() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (Etcd server = Etcd.start(folder.resolve("etcd"));
        KeyValueStore first = embedded("first.db");
        KeyValueStore shared = EtcdStore.connect(server.endpoint());
        KeyValueStore last = embedded("last.db")) {
      fill(first, new Random(1), 400);
      SortedMap<Key, Value> wanted = rows(first);
      Lease lease = first.grantLease(Duration.ofSeconds(30));
      first.commit(
          new Transaction(
              List.of(),
              List.of(
                  new Operation.Put(
                      Key.of("holdfast/v1/leader"), Value.of("me"), Optional.of(lease.id())))));
      Path file = folder.resolve("rows");
      StoreExport.Result out = StoreExport.write(first, "embedded", NOW, file);
      assertEquals(wanted.size(), out.rows());
      assertEquals(1, out.leftOut());
      assertEquals(out.heading(), read(file, shared, 2).heading());
      assertMoved(wanted, shared, 2);

      Path again = folder.resolve("again");
      StoreExport.write(shared, "etcd", NOW, again);
      assertEquals("etcd", StoreImport.check(again).heading().source());
      read(again, last, 3);
      assertMoved(wanted, last, 3);
    }
  }

  private static void assertMoved(SortedMap<Key, Value> wanted, KeyValueStore store, long seed)
      throws Exception {
    SortedMap<Key, Value> found = rows(store);
    Value restored = Optional.ofNullable(found.remove(TransferMarks.RESTORED)).orElseThrow();
    assertEquals(wanted, found);
    assertFalse(TransferMarks.unfinished(store));
    RestoredRow row = RestoredRow.parseFrom(restored.bytes());
    assertEquals(NOW.toEpochMilli(), row.getRestoredMillis());
    byte[] id = new byte[16];
    new Random(seed).nextBytes(id);
    assertEquals(ByteString.copyFrom(id), row.getId());
  }

  @Test
  void anExportIsOfOneRevisionWhateverIsWrittenMeanwhile() {
    try (KeyValueStore store = embedded("a.db");
        KeyValueStore target = embedded("b.db")) {
      for (int i = 0; i < 5 * StoreExport.PAGE_ROWS; i++) {
        put(store, "holdfast/v1/n/" + (1000 + i), ByteString.copyFromUtf8("before"));
      }
      var writing =
          new AlteredStore(
              store,
              new AlteredStore.Alteration() {
                @Override
                public Snapshot range(
                    KeyValueStore store, KeyRange range, OptionalLong revision, int limit) {
                  Snapshot page = store.range(range, revision, limit);
                  page.rows()
                      .forEach(
                          row ->
                              put(store, row.key().toString(), ByteString.copyFromUtf8("after")));
                  if (!page.rows().isEmpty()) {
                    put(store, "holdfast/v1/n/9999", ByteString.copyFromUtf8("after"));
                  }
                  return page;
                }
              });
      Path file = folder.resolve("rows");
      assertEquals(
          5 * StoreExport.PAGE_ROWS, StoreExport.write(writing, "embedded", NOW, file).rows());
      read(file, target, 1);
      for (Row row : target.range(KeyRange.prefix(Key.of("holdfast/v1/n/"))).rows()) {
        assertEquals(Value.of("before"), row.value());
      }
    }
  }

  @Test
  void aFileThatWasCutShortOrChangedAnywhereIsRefusedBeforeAnythingIsWritten() throws Exception {
    Path file = folder.resolve("rows");
    try (KeyValueStore store = embedded("a.db")) {
      for (int i = 0; i < 30; i++) {
        put(store, "holdfast/v1/n/" + i, ByteString.copyFromUtf8("value " + i));
      }
      StoreExport.write(store, "embedded", NOW, file);
    }
    byte[] whole = Files.readAllBytes(file);
    Path other = folder.resolve("other");
    try (KeyValueStore target = embedded("b.db")) {
      long before = target.get(Key.of("x")).revision();
      for (int at = 0; at < whole.length; at++) {
        assertRefused(other, Arrays.copyOf(whole, at), target);
        byte[] changed = whole.clone();
        changed[at] ^= (byte) (1 << (at % 8));
        assertRefused(other, changed, target);
      }
      assertRefused(other, Arrays.copyOf(whole, whole.length + 1), target);
      assertEquals(before, target.get(Key.of("x")).revision());
      assertEquals(30, read(file, target, 1).rows());
    }
  }

  private static void assertRefused(Path file, byte[] bytes, KeyValueStore target)
      throws IOException {
    Files.write(file, bytes);
    assertThrows(TransferException.class, () -> read(file, target, 1));
  }

  @Test
  void aStoreThatIsNotEmptyIsReplacedOnlyWhenThatWasAskedFor() {
    Path file = folder.resolve("rows");
    try (KeyValueStore store = embedded("a.db");
        KeyValueStore target = embedded("b.db")) {
      fill(store, new Random(4), 20);
      fill(target, new Random(5), 200);
      put(target, "holdfast/v1/old", ByteString.copyFromUtf8("old"));
      StoreExport.write(store, "embedded", NOW, file);
      SortedMap<Key, Value> before = rows(target);
      assertThrows(TransferException.class, () -> read(file, target, 1));
      assertEquals(before, rows(target));
      StoreImport.Result result =
          StoreImport.read(file, target, StoreImport.Existing.REPLACE, NOW, new Random(6));
      assertEquals(before.size(), result.deleted());
      SortedMap<Key, Value> after = rows(target);
      after.remove(TransferMarks.RESTORED);
      assertEquals(rows(store), after);
      assertEquals(1, target.get(Key.of("elsewhere")).rows().size());
      assertThrows(TransferException.class, () -> StoreExport.write(store, "embedded", NOW, file));
    }
  }

  @Test
  void aStoreThatAServerHoldsALeaseInIsInUse() {
    Path file = folder.resolve("rows");
    try (KeyValueStore store = embedded("a.db");
        KeyValueStore target = embedded("b.db")) {
      fill(store, new Random(4), 3);
      StoreExport.write(store, "embedded", NOW, file);
      Lease lease = target.grantLease(Duration.ofSeconds(30));
      target.commit(
          new Transaction(
              List.of(),
              List.of(
                  new Operation.Put(
                      Key.of("holdfast/v1/leader"), Value.of("me"), Optional.of(lease.id())))));
      assertThrows(
          TransferException.class,
          () -> StoreImport.read(file, target, StoreImport.Existing.REPLACE, NOW, new Random(6)));
    }
  }

  @Test
  void anImportThatFailsAnywhereLeavesAStoreThatSaysSoAndCanBeRepeated() throws Exception {
    Path file = folder.resolve("rows");
    Path other = folder.resolve("other");
    try (KeyValueStore store = embedded("a.db")) {
      fill(store, new Random(7), 300);
      StoreExport.write(store, "embedded", NOW, file);
      put(store, "holdfast/v1/more", ByteString.copyFromUtf8("x"));
      StoreExport.write(store, "embedded", NOW, other);
      store.commit(
          new Transaction(List.of(), List.of(new Operation.Delete(Key.of("holdfast/v1/more")))));
      SortedMap<Key, Value> wanted = rows(store);
      int failed = 0;
      for (int commits = 0; ; commits++) {
        try (KeyValueStore target = embedded("target" + commits)) {
          try {
            read(file, new AlteredStore(target, new Failing(commits)), 1);
            break;
          } catch (StoreFailure e) {
            failed++;
          }
          assertEquals(commits > 0, TransferMarks.unfinished(target), "after " + commits);
          if (commits > 0) {
            assertThrows(TransferException.class, () -> read(other, target, 1));
            assertThrows(
                TransferException.class,
                () -> StoreExport.write(target, "embedded", NOW, folder.resolve("no")));
          }
          read(file, target, 8);
          assertMoved(wanted, target, 8);
        }
      }
      assertTrue(failed > 5, failed + " places to fail");
    }
  }

  @Test
  void aBatchWhoseAnswerIsLostIsDoneOnce() throws Exception {
    Path file = folder.resolve("rows");
    try (KeyValueStore store = embedded("a.db");
        KeyValueStore target = embedded("b.db")) {
      fill(store, new Random(9), 300);
      StoreExport.write(store, "embedded", NOW, file);
      var answers = new ArrayList<CommitResult>();
      var lossy =
          new AlteredStore(
              target,
              new AlteredStore.Alteration() {
                @Override
                public CommitResult commit(KeyValueStore store, Transaction transaction) {
                  CommitResult result = store.commit(transaction);
                  answers.add(result);
                  if (answers.size() % 2 == 0) {
                    throw new OutcomeUnknown("the answer was lost", new IOException("lost"));
                  }
                  return result;
                }
              });
      read(file, lossy, 10);
      assertMoved(rows(store), target, 10);
    }
  }

  /** The store is gone after some commits. */
  private static final class Failing implements AlteredStore.Alteration {
    private int left;

    Failing(int commits) {
      this.left = commits;
    }

    @Override
    public CommitResult commit(KeyValueStore store, Transaction transaction) {
      if (left-- <= 0) {
        throw new StoreUnavailable("gone");
      }
      return store.commit(transaction);
    }
  }
}
