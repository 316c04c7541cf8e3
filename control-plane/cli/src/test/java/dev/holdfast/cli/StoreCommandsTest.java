package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreCommandsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  @TempDir private Path folder = Path.of("");
  private String config = "";
  private String file = "";

  @BeforeEach
  void configure() throws IOException {
    config = site("one");
    file = folder.resolve("file").toString();
  }

  /** A configuration whose embedded store is its own. */
  private String site(String name) throws IOException {
    Path written = folder.resolve(name + ".yaml");
    Files.writeString(written, "data: " + name + "\n");
    return written.toString();
  }

  private Ended run(String command, String configuration, String... rest) {
    List<String> all = new ArrayList<>(List.of("store", command, "--config", configuration));
    all.addAll(List.of(rest));
    return Ended.of(InstantSource.fixed(NOW), folder, all);
  }

  private Ended done(String command, String configuration, String... rest) {
    Ended ended = run(command, configuration, rest);
    assertEquals(0, ended.code(), ended.err());
    return ended;
  }

  private void assertRefused(String wanted, Ended ended) {
    assertEquals(1, ended.code(), ended.out());
    assertTrue(ended.err().contains(wanted), ended.err());
  }

  private KeyValueStore open(String name) throws IOException {
    Path data = Files.createDirectories(folder.resolve(name));
    return EmbeddedStore.open(data.resolve("ledger.db"), InstantSource.fixed(NOW));
  }

  private static void put(KeyValueStore store, String value) {
    store.commit(
        new Transaction(
            List.of(), List.of(Operation.put(Key.of("holdfast/v1/a"), Value.of(value)))));
  }

  private String value(String name) throws IOException {
    try (KeyValueStore store = open(name)) {
      return store.get(Key.of("holdfast/v1/a")).rows().getFirst().value().bytes().toStringUtf8();
    }
  }

  @Test
  void aStoreIsExportedAndImportedIntoAnotherInEveryFormatOfOutput() throws IOException {
    try (KeyValueStore store = open("one")) {
      put(store, "carried");
    }
    assertTrue(
        done("export", config, file, "-o", "json").out().contains("\"source\": \"embedded\""));
    String other = site("two");
    String table = done("import", other, file).out();
    assertTrue(table.contains("Rows          1\n"), table);
    assertEquals("carried", value("two"));
    String status = done("status", other, "--check", "-o", "yaml").out();
    assertTrue(status.contains("restored: '2026-11-30T12:00:00Z'"), status);
    assertTrue(status.contains("unfinishedImport: false"), status);
    assertTrue(status.contains("inUse: false"), status);
    assertFalse(done("status", other).out().contains("no damage"));

    assertRefused("is there already", run("export", config, file));
    assertRefused("is not empty", run("import", other, file));
    done("import", other, file, "--replace");
  }

  @Test
  void aFileThatIsNotWholeIsNotImportedAndNoStoreIsMade() throws IOException {
    try (KeyValueStore store = open("one")) {
      put(store, "carried");
    }
    done("export", config, file);
    byte[] bytes = Files.readAllBytes(Path.of(file));
    Files.write(Path.of(file), Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused("cut short", run("import", site("two"), file));
    assertFalse(Files.exists(folder.resolve("two")));
  }

  @Test
  void aBackUpIsTakenWhileAServerRunsAndPutBackWhenItIsStopped() throws IOException {
    try (KeyValueStore store = open("one")) {
      put(store, "kept");
      String table = done("backup", config, file).out();
      assertTrue(table.contains("Revision"), table);
      put(store, "lost");
      assertTrue(done("status", config, "-o", "json").out().contains("\"inUse\": true"));
      assertRefused("in use by process", run("status", config, "--check"));
      assertRefused("in use by process", run("restore", config, file));
      assertRefused("in use by process", run("export", config, file + "2"));
      assertRefused("is there already", run("backup", config, file));
    }
    assertEquals("lost", value("one"));
    Ended restored = done("restore", config, file);
    assertTrue(restored.err().contains("kept as"), restored.err());
    assertEquals("kept", value("one"));
  }

  @Test
  void whatIsMissingIsSaid() throws IOException {
    assertRefused("there is no file", run("status", config));
    assertRefused("There is no store yet", run("export", config, file));
    assertRefused("there is no file", run("restore", config, file));
    assertRefused("cannot be read", run("import", config, file));
    assertEquals(2, run("status", folder.resolve("absent.yaml").toString()).code());
    Files.writeString(folder.resolve("bad.yaml"), "stor: 1\n");
    Ended bad = run("status", folder.resolve("bad.yaml").toString());
    assertEquals(2, bad.code());
    assertTrue(bad.err().contains("stor is not known"), bad.err());
  }

  @Test
  void aStoreThatWasPutBackByOtherMeansIsMarked() throws IOException {
    try (KeyValueStore store = open("one")) {
      put(store, "kept");
    }
    assertFalse(done("status", config).out().contains("Restored"));
    done("mark-restored", config);
    assertTrue(done("status", config).out().contains("2026-11-30T12:00:00Z"));
  }

  @Test
  void aClusterThatIsNotThereIsUnreachable() throws IOException {
    Path etcd = folder.resolve("etcd.yaml");
    // Port 1 is nobody's.
    Files.writeString(etcd, "store:\n  kind: etcd\n  endpoints: [\"http://127.0.0.1:1\"]\n");
    Ended away = run("status", etcd.toString());
    assertEquals(3, away.code(), away.err());
    assertTrue(away.err().contains("store.endpoints"), away.err());
    assertRefused("etcdctl snapshot save", run("backup", etcd.toString(), file));
    assertRefused("mark-restored", run("restore", etcd.toString(), file));
  }
}
