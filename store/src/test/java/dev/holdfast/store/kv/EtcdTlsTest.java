package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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

/** Over a real etcd that insists on certificates. */
class EtcdTlsTest {
  private static final Key KEY = Key.of("k");

  @TempDir static Path folder;
  private static @Nullable PaperAuthority authority;
  private static @Nullable Etcd etcd;

  @BeforeAll
  static void startEtcd() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    authority = new PaperAuthority(folder.resolve("authority"));
    EtcdTls member = authority.issue("member");
    etcd =
        Etcd.start(
            folder.resolve("etcd"),
            Optional.of(
                new Etcd.Tls(
                    authority.root(),
                    member.certificateChain(),
                    member.privateKey(),
                    authority.client())));
  }

  @AfterAll
  static void stopEtcd() {
    if (etcd != null) {
      etcd.close();
    }
  }

  private static Etcd server() {
    if (etcd == null) {
      throw new IllegalStateException("etcd was not started");
    }
    return etcd;
  }

  private static EtcdTls ours() throws Exception {
    if (authority == null) {
      throw new IllegalStateException("etcd was not started");
    }
    return authority.issue("pam");
  }

  private static EtcdStore connect(EtcdTls tls) {
    return EtcdStore.connect(
        List.of(server().endpoint()), Optional.of(tls), KeyValueStore.DEADLINE_DEFAULT);
  }

  private static String refused(EtcdTls tls) {
    StoreRefused refusal = assertThrows(StoreRefused.class, () -> connect(tls).close());
    return String.valueOf(refusal.getMessage());
  }

  @Test
  void withACertificateThatEtcdTrustsItIsAStoreLikeAnyOther() throws Exception {
    try (KeyValueStore store = connect(ours())) {
      assertInstanceOf(
          CommitResult.Committed.class,
          store.commit(
              new Transaction(List.of(), List.of(Operation.put(KEY, Value.of("over TLS"))))));
      assertEquals(Value.of("over TLS"), store.get(KEY).rows().getFirst().value());
      try (Watch watch = store.watch(KeyRange.single(KEY), 1)) {
        var changed = assertInstanceOf(Watch.Changed.class, watch.next(Duration.ofSeconds(10)));
        assertEquals(KEY, changed.changes().getFirst().key());
      }
    }
  }

  @Test
  void aCertificateThatEtcdDoesNotTrustIsRefusedInWords() throws Exception {
    EtcdTls foreign = new PaperAuthority(folder.resolve("foreign")).issue("pam");
    EtcdTls trusting =
        new EtcdTls(ours().trustRoots(), foreign.certificateChain(), foreign.privateKey());
    String said = refused(trusting);
    assertTrue(said.contains("does not accept our certificate"), said);
    assertTrue(said.contains(foreign.certificateChain().toString()), said);
  }

  @Test
  void anEtcdThatWeDoNotTrustIsRefusedInWords() throws Exception {
    EtcdTls ours = ours();
    Path foreign = new PaperAuthority(folder.resolve("wrong")).root();
    String said = refused(new EtcdTls(foreign, ours.certificateChain(), ours.privateKey()));
    assertTrue(said.contains("is not trusted") && said.contains(foreign.toString()), said);
  }

  @Test
  void anEtcdAtAnotherNameThanItsCertificateSaysIsRefused() throws Exception {
    URI byName = URI.create("https://localhost:" + server().endpoint().getPort());
    EtcdTls ours = ours();
    var refusal =
        assertThrows(
            StoreRefused.class,
            () ->
                EtcdStore.connect(
                    List.of(byName), Optional.of(ours), KeyValueStore.DEADLINE_DEFAULT));
    assertTrue(String.valueOf(refusal.getMessage()).contains("localhost"), refusal.toString());
  }

  @Test
  void withoutACertificateThereIsNoAnswerAndNoWaitBeyondTheDeadline() {
    URI plain = URI.create("http://127.0.0.1:" + server().endpoint().getPort());
    try (KeyValueStore store =
        EtcdStore.connect(List.of(plain), Optional.empty(), Duration.ofSeconds(2))) {
      assertThrows(StoreUnavailable.class, () -> store.get(KEY));
    }
  }

  @Test
  void aMemberThatIsDownDoesNotKeepTheOthersFromBeingUsed() throws Exception {
    URI nobody = URI.create("https://127.0.0.1:" + FreePorts.of(1).getFirst());
    try (KeyValueStore store =
        EtcdStore.connect(
            List.of(nobody, server().endpoint()),
            Optional.of(ours()),
            KeyValueStore.DEADLINE_DEFAULT)) {
      assertTrue(store.get(Key.of("nothing")).rows().isEmpty());
    }
  }

  @Test
  void filesThatHoldNoCertificatesAreAnErrorOfTheOperators() throws Exception {
    EtcdTls ours = ours();
    var swapped = new EtcdTls(ours.trustRoots(), ours.privateKey(), ours.certificateChain());
    assertThrows(IllegalArgumentException.class, () -> connect(swapped).close());
    var absent = new EtcdTls(folder.resolve("none"), ours.certificateChain(), ours.privateKey());
    assertThrows(IllegalArgumentException.class, () -> connect(absent).close());
  }
}
