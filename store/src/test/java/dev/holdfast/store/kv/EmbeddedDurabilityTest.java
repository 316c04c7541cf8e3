package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is left of an embedded store whose files were cut short, as by a loss of power, or damaged,
 * as by a disk. The files are those of a store that was never closed, copied while it was open.
 */
class EmbeddedDurabilityTest {
  private static final KeyRange ALL = KeyRange.prefix(Key.of("k/"));
  private static final int TRANSACTIONS = 40;

  @TempDir Path folder;

  /**
   * What was on the disk when a transaction was acknowledged, and what the store held then.
   *
   * @param logBytes the length of the log
   */
  private record Point(long logBytes, long revision, List<Row> rows) {}

  private final List<Point> points = new ArrayList<>();
  private byte[] file = new byte[0];
  private byte[] log = new byte[0];

  @BeforeEach
  void write() throws IOException {
    var random = new Random(5);
    Path path = folder.resolve("origin.db");
    try (KeyValueStore store = EmbeddedStore.open(path, InstantSource.system())) {
      for (int i = 0; i < TRANSACTIONS; i++) {
        commit(store, random);
        Snapshot now = store.range(ALL);
        points.add(new Point(Files.size(log(path)), now.revision(), now.rows()));
      }
      file = Files.readAllBytes(path);
      log = Files.readAllBytes(log(path));
    }
    assertEquals(log.length, points.getLast().logBytes(), "no checkpoint came in between");
  }

  private static void commit(KeyValueStore store, Random random) {
    var operations = new TreeMap<Key, Operation>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      Key key = Key.of("k/" + random.nextInt(20));
      operations.put(
          key,
          random.nextInt(4) == 0
              ? new Operation.Delete(key)
              : Operation.put(key, Value.of("v".repeat(random.nextInt(3000)) + i)));
    }
    operations.put(Key.of("k/"), Operation.put(Key.of("k/"), Value.of("" + random.nextInt())));
    store.commit(new Transaction(List.of(), List.copyOf(operations.values())));
  }

  private static Path log(Path path) {
    return path.resolveSibling(path.getFileName() + "-wal");
  }

  /** A store of the files as they are. */
  private KeyValueStore open(byte[] content, byte[] logContent) throws IOException {
    Path path = folder.resolve("copy.db");
    Files.write(path, content);
    Files.write(log(path), logContent);
    Files.deleteIfExists(folder.resolve("copy.db-shm"));
    return EmbeddedStore.open(path, InstantSource.system());
  }

  private void assertHolds(Point wanted, KeyValueStore store, String what) {
    Snapshot found = store.range(ALL);
    assertEquals(wanted.revision(), found.revision(), what);
    assertEquals(wanted.rows(), found.rows(), what);
  }

  /** The last point whose log lies within the bytes that were kept. */
  private Optional<Point> before(long bytes) {
    return points.stream().filter(point -> point.logBytes() <= bytes).reduce((_, last) -> last);
  }

  @Test
  void aLogCutShortAnywhereLosesOnlyWhatWasNotAcknowledgedYet() throws IOException {
    var random = new Random(6);
    var cuts = new TreeSet<Integer>();
    long tail = points.get(TRANSACTIONS - 3).logBytes();
    for (int at = (int) tail - 1; at <= log.length; at += 977) {
      cuts.add(at);
    }
    for (Point point : points) {
      cuts.add((int) point.logBytes());
    }
    int first = (int) points.getFirst().logBytes();
    random.ints(20, first, log.length).forEach(cuts::add);
    for (int cut : cuts) {
      try (KeyValueStore store = open(file, Arrays.copyOf(log, cut))) {
        assertHolds(before(cut).orElseThrow(), store, "cut at " + cut);
      }
    }
  }

  @Test
  void aTailThatWasNeverFullyWrittenLosesOnlyTheLastTransaction() throws IOException {
    var random = new Random(7);
    int from = (int) points.get(TRANSACTIONS - 2).logBytes();
    for (int i = 0; i < 30; i++) {
      byte[] torn = log.clone();
      // Sectors reach a disk in any order: some of the last ones did not.
      for (int sector = from; sector < torn.length; sector += 512) {
        if (random.nextInt(4) == 0 || sector == from) {
          Arrays.fill(torn, sector, Math.min(torn.length, sector + 512), (byte) 0);
        }
      }
      try (KeyValueStore store = open(file, torn)) {
        assertHolds(points.get(TRANSACTIONS - 2), store, "round " + i);
      }
    }
  }

  @Test
  void aLogDamagedBeforeItsEndIsRefusedAndNotCutThere() {
    var random = new Random(8);
    int end = (int) points.get(TRANSACTIONS - 3).logBytes();
    IntStream places = IntStream.concat(IntStream.range(0, 32), random.ints(60, 32, end));
    for (int at : places.toArray()) {
      byte[] damaged = log.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      assertThrows(StoreRefused.class, () -> open(file, damaged).close(), "byte " + at);
    }
  }

  @Test
  void aFileWithDamageIsRefusedOrServesWhatWasWritten() throws IOException {
    // All in the file: what a checkpoint leaves.
    Path path = folder.resolve("whole.db");
    Files.write(path, file);
    Files.write(log(path), log);
    EmbeddedStore.open(path, InstantSource.system()).close();
    byte[] whole = Files.readAllBytes(path);
    var random = new Random(9);
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] damaged = whole.clone();
      int at = random.nextInt(damaged.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      String what = "byte " + at;
      try (KeyValueStore store = open(damaged, new byte[0])) {
        assertHolds(points.getLast(), store, what);
        for (Point point : points.subList(random.nextInt(35), TRANSACTIONS)) {
          assertEquals(
              point.rows(), store.range(ALL, OptionalLong.of(point.revision()), 100).rows(), what);
        }
      } catch (StoreRefused e) {
        refused++;
      }
    }
    assertTrue(refused > 30, refused + " of 100");
  }

  @Test
  void aRowThatWasChangedBehindTheStoresBackIsNeitherServedNorOpened() throws Exception {
    Path path = folder.resolve("copy.db");
    Row row = points.getLast().rows().getLast();
    try (KeyValueStore store = open(file, log)) {
      assertHolds(points.getLast(), store, "before");
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
          PreparedStatement change =
              connection.prepareStatement("UPDATE present SET value = x'00' WHERE key = ?")) {
        change.setBytes(1, row.key().bytes().toByteArray());
        assertEquals(1, change.executeUpdate());
      }
      assertThrows(StoreRefused.class, () -> store.get(row.key()));
      assertEquals(1, store.get(Key.of("k/")).rows().size());
    }
    assertThrows(StoreRefused.class, () -> EmbeddedStore.open(path, InstantSource.system()));
  }

  @Test
  void aFileThatIsNoStoreIsRefused() throws IOException {
    Path path = folder.resolve("copy.db");
    Files.write(
        path,
        "this is a letter and no database at all, whatever it is named"
            .getBytes(StandardCharsets.UTF_8));
    assertThrows(StoreRefused.class, () -> EmbeddedStore.open(path, InstantSource.system()));
  }

  @Test
  void aLogWithoutItsFileIsNotPutToAnother() throws IOException {
    Path path = folder.resolve("copy.db");
    Files.write(log(path), log);
    assertThrows(StoreRefused.class, () -> EmbeddedStore.open(path, InstantSource.system()));
  }
}
