package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBackupTest {
  private static final Operation MARK = Operation.put(Key.of("mark"), Value.of("restored"));

  @TempDir Path folder;
  private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
  private Path path = Path.of("");
  private Path copy = Path.of("");

  @BeforeEach
  void name() {
    path = folder.resolve("ledger.db");
    copy = folder.resolve("copy.db");
  }

  private EmbeddedStore open(Path file) {
    return EmbeddedStore.open(file, clock);
  }

  private static void put(KeyValueStore store, int number) {
    store.commit(
        new Transaction(
            List.of(),
            List.of(
                Operation.put(Key.of("a"), Value.of("" + number)),
                Operation.put(Key.of("n/" + number % 50), Value.of("v".repeat(500) + number)),
                Operation.put(Key.of("b"), Value.of("" + number)))));
  }

  private static String value(KeyValueStore store, String key) {
    return store.get(Key.of(key)).rows().getFirst().value().bytes().toStringUtf8();
  }

  @Test
  void aCopyTakenWhileAWriterRunsIsOfOneRevision() throws Exception {
    try (KeyValueStore store = open(path);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      put(store, 0);
      var done = new AtomicBoolean();
      var written = new AtomicInteger();
      Future<?> writer =
          threads.submit(
              () -> {
                while (!done.get()) {
                  put(store, written.incrementAndGet());
                }
              });
      for (int i = 0; i < 5; i++) {
        int before = written.get();
        Path file = folder.resolve("copy" + i);
        EmbeddedBackup.Contents contents = EmbeddedBackup.take(path, file);
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(contents, EmbeddedBackup.check(file));
        try (KeyValueStore found = open(file)) {
          assertEquals(value(found, "a"), value(found, "b"));
          assertTrue(Integer.parseInt(value(found, "a")) >= before - 1);
          assertEquals(contents.revision(), found.get(Key.of("a")).revision());
        }
      }
      done.set(true);
      writer.get();
    }
  }

  @Test
  void aCopyIsPutBackWithAMarkAndTheStoreThatWasThereIsKept() throws Exception {
    try (KeyValueStore store = open(path)) {
      put(store, 1);
      EmbeddedBackup.take(path, copy);
      put(store, 2);
      assertThrows(StoreUnavailable.class, () -> EmbeddedBackup.restore(copy, path, MARK, clock));
    }
    Path kept = EmbeddedBackup.restore(copy, path, MARK, clock).orElseThrow();
    try (KeyValueStore store = open(path);
        KeyValueStore old = open(kept)) {
      assertEquals("1", value(store, "a"));
      assertEquals("restored", value(store, "mark"));
      assertEquals("2", value(old, "a"));
    }
    assertEquals(
        List.of("copy.db", "ledger.db", "ledger.db.lock", kept.getFileName().toString()),
        names().filter(name -> !name.endsWith(kept.getFileName() + ".lock")).toList());
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  @Test
  void aDamagedCopyIsNotPutBack() throws Exception {
    try (KeyValueStore store = open(path)) {
      for (int i = 0; i < 100; i++) {
        put(store, i);
      }
    }
    EmbeddedBackup.take(path, copy);
    byte[] bytes = Files.readAllBytes(copy);
    for (int at = 4096; at < bytes.length; at += 4096) {
      bytes[at + 3] ^= 0x11;
    }
    Files.write(copy, bytes);
    byte[] before = Files.readAllBytes(path);
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.restore(copy, path, MARK, clock));
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.check(copy));
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(path)));
  }

  @Test
  void aRestoreThatWasCutShortCanBeRepeated() throws Exception {
    try (KeyValueStore store = open(path)) {
      put(store, 1);
    }
    EmbeddedBackup.take(path, copy);
    // As after the first of its steps: the log without its file, and a part of the new one.
    Files.delete(path);
    Files.write(folder.resolve("ledger.db-wal"), new byte[100]);
    Files.write(folder.resolve("ledger.db.restoring"), new byte[100]);
    assertThrows(StoreRefused.class, () -> open(path));
    assertEquals(Optional.empty(), EmbeddedBackup.restore(copy, path, MARK, clock));
    try (KeyValueStore store = open(path)) {
      assertEquals("1", value(store, "a"));
    }
  }

  @Test
  void noFileIsWrittenOverAndNoneIsMadeUp() throws Exception {
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.take(path, copy));
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.restore(copy, path, MARK, clock));
    try (KeyValueStore store = open(path)) {
      put(store, 1);
    }
    Files.writeString(copy, "mine");
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.take(path, copy));
    assertEquals("mine", Files.readString(copy));
    assertThrows(StoreRefused.class, () -> EmbeddedBackup.check(copy));
    assertFalse(Files.exists(folder.resolve("copy.db.part")));
  }
}
