package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.FreePorts;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdStoreTest extends KeyValueStoreContract {
  @TempDir static Path folder;
  private static @Nullable Etcd etcd;

  @BeforeAll
  static void startEtcd() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    etcd = Etcd.start(folder);
  }

  @AfterAll
  static void stopEtcd() {
    if (etcd != null) {
      etcd.close();
    }
  }

  @Override
  protected KeyValueStore open() {
    return EtcdStore.connect(server().endpoint());
  }

  private static Etcd server() {
    if (etcd == null) {
      throw new IllegalStateException("etcd was not started");
    }
    return etcd;
  }

  /** A lease of etcd runs out in real time, and the watch waits for it. */
  @Override
  protected void pass(Duration span) {}

  @Test
  void aServerThatIsGoneIsUnavailableToReadersAndUnknownToWriters() {
    URI nobody = URI.create("http://127.0.0.1:" + FreePorts.of(1).getFirst());
    Key key = Key.of("k");
    try (KeyValueStore away =
        EtcdStore.connect(List.of(nobody), Optional.empty(), Duration.ofSeconds(1))) {
      assertThrows(StoreUnavailable.class, () -> away.get(key));
      StoreFailure failure =
          assertThrows(
              StoreFailure.class,
              () ->
                  away.commit(
                      new Transaction(List.of(), List.of(Operation.put(key, Value.of("v"))))));
      assertTrue(
          failure instanceof OutcomeUnknown || failure instanceof StoreUnavailable,
          () -> "never refused: " + failure);
    }
  }

  @Test
  void aCommitThatAPausedServerDoesNotAnswerIsUnknownAndNeverRefused() throws Exception {
    Key key = Key.of("paused");
    var transaction =
        new Transaction(
            List.of(new Compare.Absent(key)), List.of(Operation.put(key, Value.of("v"))));
    try (KeyValueStore impatient =
        EtcdStore.connect(List.of(server().endpoint()), Optional.empty(), Duration.ofSeconds(2))) {
      assertTrue(impatient.get(key).rows().isEmpty());
      signal("STOP");
      try {
        assertThrows(OutcomeUnknown.class, () -> impatient.commit(transaction));
        assertThrows(StoreUnavailable.class, () -> impatient.get(key));
      } finally {
        signal("CONT");
      }
      // Done late or not at all: repeating the same comparison makes it once.
      store.commit(transaction);
      assertEquals(1, store.get(key).rows().getFirst().version());
    }
  }

  private static void signal(String name) throws Exception {
    String pid = Long.toString(server().process().pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
  }
}
