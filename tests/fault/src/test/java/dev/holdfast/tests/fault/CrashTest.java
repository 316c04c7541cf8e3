package dev.holdfast.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.LocalProcess;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.Reservation.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The server is killed at every step between what it promises and what is made of it, and started
 * again: nothing is doubled, lost or over-committed, and all comes to its end.
 *
 * <ol>
 *   <li>Asked, decided, committed, and not answered yet: {@link #requestsUnderWayAreDoneOnce}.
 *   <li>Answered, and the nodes not told, or just being told: {@link #answered}.
 *   <li>The nodes are told, and have not applied it: {@link #ordered}.
 *   <li>Applied, and not acknowledged: {@link #applied}.
 *   <li>Acknowledged by one node, and not by all: {@link #acknowledgedByOne}.
 *   <li>Acknowledged by all, and not recorded: {@link #acknowledged}.
 *   <li>Recorded: in use: {@link #recorded}.
 *   <li>Release asked, committed, and not answered yet: {@link #releasesUnderWayAreDoneOnce}.
 *   <li>Release answered, and the nodes not told, or just being told: {@link #releaseAnswered}.
 *   <li>The nodes are told to withdraw it, and have not: {@link #withdrawalOrdered}.
 *   <li>Withdrawn, and not acknowledged: {@link #withdrawn}.
 *   <li>Acknowledged by one node, and not by all: {@link #withdrawalAcknowledgedByOne}.
 *   <li>Acknowledged by all, and not recorded: {@link #withdrawalAcknowledged}.
 *   <li>Recorded: removed, the capacity free: {@link #removed}.
 * </ol>
 *
 * Steps of which nothing but the server's memory knows are brought about by stopping what comes
 * next: a node by its gate, the recording by stopping etcd. With the embedded store nothing comes
 * between acknowledgement and recording but the kill itself, wherever it falls.
 */
final class CrashTest {
  private static final int BURST = 24;

  @TempDir static Path shared;
  private static Installation.Tpms tpms;

  /** Where the ledger is kept. */
  enum Store {
    EMBEDDED,
    ETCD
  }

  /** Where the server is killed. */
  enum Step {
    ANSWERED,
    ORDERED,
    APPLIED,
    ACKNOWLEDGED_BY_ONE,
    ACKNOWLEDGED,
    RECORDED,
    RELEASE_ANSWERED,
    WITHDRAWAL_ORDERED,
    WITHDRAWN,
    WITHDRAWAL_ACKNOWLEDGED_BY_ONE,
    WITHDRAWAL_ACKNOWLEDGED,
    REMOVED
  }

  private static void live(CrashSite crash, Step step) throws Exception {
    switch (step) {
      case ANSWERED -> answered(crash);
      case ORDERED -> ordered(crash);
      case APPLIED -> applied(crash);
      case ACKNOWLEDGED_BY_ONE -> acknowledgedByOne(crash);
      case ACKNOWLEDGED -> acknowledged(crash);
      case RECORDED -> recorded(crash);
      case RELEASE_ANSWERED -> releaseAnswered(crash);
      case WITHDRAWAL_ORDERED -> withdrawalOrdered(crash);
      case WITHDRAWN -> withdrawn(crash);
      case WITHDRAWAL_ACKNOWLEDGED_BY_ONE -> withdrawalAcknowledgedByOne(crash);
      case WITHDRAWAL_ACKNOWLEDGED -> withdrawalAcknowledged(crash);
      case REMOVED -> removed(crash);
    }
  }

  @BeforeAll
  static void makeTpms() {
    for (String program : List.of("swtpm", "swtpm_setup", "swtpm_localca")) {
      assumeTrue(LocalProcess.installed(program), program + " is not installed");
    }
    SoftwareTpm.Authority authority = SoftwareTpm.Authority.in(shared.resolve("ca"));
    tpms =
        new Installation.Tpms(
            authority,
            SoftwareTpm.make(shared.resolve("h"), authority, "h1"),
            SoftwareTpm.make(shared.resolve("e"), authority, "e1"));
  }

  @AfterAll
  static void endTpms() {
    if (tpms != null) {
      tpms.hypervisor().close();
      tpms.enclave().close();
    }
  }

  private static CrashSite over(Store store, Path directory) throws Exception {
    return switch (store) {
      case EMBEDDED -> new CrashSite(directory, tpms);
      case ETCD -> {
        assumeTrue(Etcd.installed(), "etcd is not installed");
        yield new CrashSite(directory, tpms, Etcd.start(directory.resolve("etcd")));
      }
    };
  }

  @ParameterizedTest
  @EnumSource(Store.class)
  void requestsUnderWayAreDoneOnce(Store store, @TempDir Path directory) throws Exception {
    try (CrashSite crash = over(store, directory)) {
      List<CreateReservationRequest> requests = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        requests.add(CrashSite.request());
      }
      Set<String> acknowledged =
          killedAtTheFirstAnswer(
              crash, requests, request -> crash.site.asynchronous().createReservation(request));
      crash.site.restart();

      Set<String> after = CrashSite.names(crash.all());
      assertTrue(after.containsAll(acknowledged), "an acknowledged reservation is gone");
      crash.assertHeld(after.size());

      for (CreateReservationRequest request : requests) {
        var _ = crash.site.reservations().createReservation(request);
      }
      Set<String> repeated = CrashSite.names(crash.all());
      assertEquals(BURST, repeated.size(), crash.site.log());
      assertTrue(repeated.containsAll(after));
      crash.assertHeld(BURST);
      for (GatedAllocator node : crash.nodes()) {
        assertTrue(node.awaitTold(repeated, CrashSite.PATIENCE), crash.site.log());
        assertEquals(repeated, node.reservations());
      }
      assertTrue(
          crash.all().stream().noneMatch(found -> found.getState() == State.STATE_ACTIVE),
          "nothing is usable that no node has applied");
      crash.nodes().forEach(GatedAllocator::openGate);
      repeated.forEach(name -> crash.await(name, State.STATE_ACTIVE));
      crash.assertHeld(BURST);
    }
  }

  @ParameterizedTest
  @EnumSource(Store.class)
  void releasesUnderWayAreDoneOnce(Store store, @TempDir Path directory) throws Exception {
    try (CrashSite crash = over(store, directory)) {
      crash.nodes().forEach(GatedAllocator::openGate);
      List<String> names = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        names.add(crash.site.reservations().createReservation(CrashSite.request()).getName());
      }
      names.forEach(name -> crash.await(name, State.STATE_ACTIVE));
      crash.nodes().forEach(node -> node.exit(GatedAllocator.Exit.CLOSED));
      Set<String> acknowledged =
          killedAtTheFirstAnswer(
              crash,
              names,
              name ->
                  crash
                      .site
                      .asynchronous()
                      .releaseReservation(
                          ReleaseReservationRequest.newBuilder().setName(name).build()));
      crash.site.restart();

      acknowledged.forEach(name -> assertEquals(State.STATE_RELEASING, crash.get(name).getState()));
      crash.assertHeld(BURST);
      names.forEach(crash::release);
      crash.assertHeld(BURST);
      crash.nodes().forEach(node -> node.exit(GatedAllocator.Exit.OPEN));
      names.forEach(name -> crash.await(name, State.STATE_RELEASED));
      crash.assertHeld(0);
      crash.nodes().forEach(node -> assertEquals(Set.of(), node.reservations()));
    }
  }

  /** Asks for all at once, and kills the server as soon as one is answered; the names answered. */
  private static <Q> Set<String> killedAtTheFirstAnswer(
      CrashSite crash, List<Q> requests, Function<Q, ListenableFuture<Reservation>> call)
      throws InterruptedException, ExecutionException {
    var firstAnswer = new CountDownLatch(1);
    List<ListenableFuture<Reservation>> answers = new ArrayList<>();
    for (Q request : requests) {
      ListenableFuture<Reservation> answer = call.apply(request);
      answer.addListener(firstAnswer::countDown, Runnable::run);
      answers.add(answer);
    }
    assertTrue(firstAnswer.await(60, TimeUnit.SECONDS), crash.site.log());
    crash.kill();
    // Every answer is waited for: the crash took those that failed, and perhaps their requests.
    Set<String> acknowledged =
        Futures.successfulAsList(answers).get().stream()
            .filter(Objects::nonNull)
            .map(Reservation::getName)
            .collect(Collectors.toSet());
    assertFalse(acknowledged.isEmpty(), crash.site.log());
    return acknowledged;
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void whereverItDiesAllComesToItsEnd(Step step, @TempDir Path directory) throws Exception {
    try (CrashSite crash = over(Store.EMBEDDED, directory)) {
      // Stays in use, whatever becomes of the other one.
      var _ = crash.use();
      live(crash, step);
    }
  }

  /** Where the store can be stopped by itself. */
  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {"ACKNOWLEDGED", "WITHDRAWAL_ACKNOWLEDGED"})
  void whatWasHeardAndNotRecordedIsHeardAgain(Step step, @TempDir Path directory) throws Exception {
    try (CrashSite crash = over(Store.ETCD, directory)) {
      var _ = crash.use();
      live(crash, step);
    }
  }

  private static String ask(CrashSite crash) {
    crash.nodes().forEach(GatedAllocator::closeGate);
    return crash.reserve();
  }

  private static String askAndTell(CrashSite crash) throws InterruptedException {
    String name = ask(crash);
    for (GatedAllocator node : crash.nodes()) {
      assertTrue(node.awaitTold(Set.of(name), CrashSite.PATIENCE), crash.site.log());
    }
    return name;
  }

  private static void answered(CrashSite crash) throws Exception {
    String name = ask(crash);
    crash.kill();
    crash.restart();
    crash.assertState(name, State.STATE_PROVISIONING);
    crash.assertComesToBeUsed(name);
  }

  private static void ordered(CrashSite crash) throws Exception {
    String name = askAndTell(crash);
    crash.kill();
    crash.restart();
    crash.assertState(name, State.STATE_PROVISIONING);
    crash.assertComesToBeUsed(name);
  }

  private static void applied(CrashSite crash) throws Exception {
    String name = askAndTell(crash);
    crash.kill();
    crash.nodes().forEach(GatedAllocator::openGate);
    crash.restart();
    crash.assertComesToBeUsed(name);
  }

  private static void acknowledgedByOne(CrashSite crash) throws Exception {
    String name = askAndTell(crash);
    crash.site.hypervisor.openGate();
    crash.site.awaitHeard(Installation.HYPERVISOR);
    crash.assertState(name, State.STATE_PROVISIONING);
    crash.kill();
    crash.restart();
    crash.site.awaitNodes();
    crash.site.awaitHeard(Installation.HYPERVISOR);
    crash.assertState(name, State.STATE_PROVISIONING);
    crash.assertComesToBeUsed(name);
  }

  private static void acknowledged(CrashSite crash) throws Exception {
    String name = askAndTell(crash);
    crash.hearUnrecorded(GatedAllocator::openGate);
    crash.kill();
    crash.restart();
    crash.assertComesToBeUsed(name);
  }

  private static void recorded(CrashSite crash) throws Exception {
    String name = crash.use();
    long generation = crash.get(name).getHold().getGeneration();
    crash.kill();
    crash.restart();
    crash.assertState(name, State.STATE_ACTIVE);
    crash.assertComesToBeUsed(name);
    assertEquals(generation, crash.get(name).getHold().getGeneration());
  }

  /** A reservation that was in use and is being released, behind gates for what is withdrawn. */
  private static String release(CrashSite crash, GatedAllocator.Exit exit) {
    String name = crash.use();
    crash.nodes().forEach(node -> node.exit(exit));
    crash.release(name);
    return name;
  }

  private static void releaseAnswered(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.CLOSED);
    crash.kill();
    crash.restart();
    crash.assertState(name, State.STATE_RELEASING);
    crash.assertIsGivenBack(name);
  }

  private static void withdrawalOrdered(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.CLOSED);
    for (GatedAllocator node : crash.nodes()) {
      assertTrue(node.awaitToldToWithdraw(name, CrashSite.PATIENCE), crash.site.log());
    }
    crash.kill();
    crash.restart();
    for (GatedAllocator node : crash.nodes()) {
      assertTrue(node.awaitToldToWithdraw(name, CrashSite.PATIENCE), "not told again");
    }
    crash.assertState(name, State.STATE_RELEASING);
    crash.assertIsGivenBack(name);
  }

  private static void withdrawn(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.MUTE);
    for (GatedAllocator node : crash.nodes()) {
      assertTrue(node.awaitWithdrawn(name, CrashSite.PATIENCE), crash.site.log());
    }
    crash.assertState(name, State.STATE_RELEASING);
    crash.kill();
    crash.restart();
    crash.assertIsGivenBack(name);
  }

  private static void withdrawalAcknowledgedByOne(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.CLOSED);
    crash.site.hypervisor.exit(GatedAllocator.Exit.OPEN);
    assertTrue(crash.site.hypervisor.awaitWithdrawn(name, CrashSite.PATIENCE), crash.site.log());
    crash.site.awaitHeard(Installation.HYPERVISOR);
    crash.assertState(name, State.STATE_RELEASING);
    crash.kill();
    crash.restart();
    crash.site.awaitNodes();
    crash.site.awaitHeard(Installation.HYPERVISOR);
    crash.assertState(name, State.STATE_RELEASING);
    crash.assertIsGivenBack(name);
  }

  private static void withdrawalAcknowledged(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.MUTE);
    for (GatedAllocator node : crash.nodes()) {
      assertTrue(node.awaitWithdrawn(name, CrashSite.PATIENCE), crash.site.log());
    }
    crash.hearUnrecorded(node -> node.exit(GatedAllocator.Exit.OPEN));
    crash.kill();
    crash.restart();
    crash.assertIsGivenBack(name);
  }

  private static void removed(CrashSite crash) throws Exception {
    String name = release(crash, GatedAllocator.Exit.OPEN);
    crash.assertIsGivenBack(name);
    crash.kill();
    crash.restart();
    crash.assertState(name, State.STATE_RELEASED);
    crash.assertIsGivenBack(name);
  }
}
