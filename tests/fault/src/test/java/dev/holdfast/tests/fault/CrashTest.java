package dev.holdfast.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Timestamp;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server dies between what it promised and what was made of it, and is started again. */
final class CrashTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int BURST = 24;
  private static final ResourceVector AMOUNT =
      ResourceVector.newBuilder().setCpuMillicores(500).setMemoryBytes(256L << 20).build();

  @TempDir static Path shared;
  private static Installation.Tpms tpms;

  /** Where the ledger is kept. */
  enum Store {
    EMBEDDED,
    ETCD
  }

  @BeforeAll
  static void makeTpms() {
    for (String program : List.of("swtpm", "swtpm_setup", "swtpm_localca")) {
      assumeTrue(installed(program), program + " is not installed");
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

  private static boolean installed(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** What is to be checked of one installation. */
  private interface Check {
    void run(Installation site) throws Exception;
  }

  private static void over(Store store, Path directory, Check check) throws Exception {
    switch (store) {
      case EMBEDDED -> {
        try (Installation site = new Installation(directory, tpms, "{kind: embedded}")) {
          check.run(site);
        }
      }
      case ETCD -> {
        assumeTrue(Etcd.installed(), "etcd is not installed");
        try (Etcd etcd = Etcd.start(directory.resolve("etcd"));
            Installation site =
                new Installation(
                    directory, tpms, "{kind: etcd, endpoints: [\"" + etcd.endpoint() + "\"]}")) {
          check.run(site);
        }
      }
    }
  }

  private static CreateReservationRequest request() {
    return CreateReservationRequest.newBuilder()
        .setParent(Installation.TENANT)
        .setRequestId(UUID.randomUUID().toString())
        .setReservation(
            Reservation.newBuilder()
                .setAmount(AMOUNT)
                .setWorkload(
                    dev.holdfast.proto.resource.v1.Workload.newBuilder()
                        .setImage("images/" + "ab".repeat(32))
                        .setWorkloadType("batch"))
                .setInterval(
                    com.google.type.Interval.newBuilder()
                        .setEndTime(
                            Timestamp.newBuilder()
                                .setSeconds(Instant.now().plusSeconds(3600).getEpochSecond()))))
        .build();
  }

  private static List<Reservation> all(Installation site) {
    return site.reservations()
        .listReservations(
            ListReservationsRequest.newBuilder()
                .setParent(Installation.TENANT)
                .setPageSize(500)
                .build())
        .getReservationsList();
  }

  private static void assertHeldOnce(Installation site, int reservations) {
    ResourceVector held = site.node(Installation.HYPERVISOR).getHeld();
    assertEquals(reservations * AMOUNT.getCpuMillicores(), held.getCpuMillicores(), site.log());
    assertEquals(reservations * AMOUNT.getMemoryBytes(), held.getMemoryBytes(), site.log());
  }

  private static void assertToldAgainAndThenActive(Installation site, Set<String> names)
      throws InterruptedException {
    for (GatedAllocator node : List.of(site.hypervisor, site.enclave)) {
      assertTrue(node.awaitTold(names, PATIENCE), "a node was not told again: " + site.log());
      assertEquals(names, node.reservations());
    }
    assertTrue(
        all(site).stream().noneMatch(found -> found.getState() == Reservation.State.STATE_ACTIVE),
        "nothing is usable that no node has applied");
    site.hypervisor.openGate();
    site.enclave.openGate();
    Installation.await(
        () ->
            all(site).stream()
                .allMatch(found -> found.getState() == Reservation.State.STATE_ACTIVE),
        "every reservation to be active");
  }

  @ParameterizedTest
  @EnumSource(Store.class)
  void aReservationAcknowledgedBeforeTheCrashIsThereOnceAndIsProvisionedAfterIt(
      Store store, @TempDir Path directory) throws Exception {
    over(
        store,
        directory,
        site -> {
          CreateReservationRequest request = request();
          Reservation made = site.reservations().createReservation(request);
          assertEquals(Reservation.State.STATE_PROVISIONING, made.getState());

          site.kill();
          site.restart();

          List<Reservation> found = all(site);
          assertEquals(1, found.size(), site.log());
          assertEquals(made.getName(), found.getFirst().getName());
          assertEquals(made.getHold(), found.getFirst().getHold());
          assertHeldOnce(site, 1);
          assertToldAgainAndThenActive(site, Set.of(made.getName()));

          Reservation repeated = site.reservations().createReservation(request);
          assertEquals(made.getName(), repeated.getName());
          assertEquals(1, all(site).size());
          assertHeldOnce(site, 1);
        });
  }

  @ParameterizedTest
  @EnumSource(Store.class)
  void requestsUnderWayInTheCrashAreDoneOnceWhenTheyAreRepeated(
      Store store, @TempDir Path directory) throws Exception {
    over(
        store,
        directory,
        site -> {
          List<CreateReservationRequest> requests = new ArrayList<>();
          List<ListenableFuture<Reservation>> answers = new ArrayList<>();
          var firstAnswer = new CountDownLatch(1);
          for (int i = 0; i < BURST; i++) {
            requests.add(request());
          }
          for (CreateReservationRequest request : requests) {
            ListenableFuture<Reservation> answer = site.asynchronous().createReservation(request);
            answer.addListener(firstAnswer::countDown, Runnable::run);
            answers.add(answer);
          }
          assertTrue(firstAnswer.await(60, TimeUnit.SECONDS), site.log());

          site.kill();
          Set<String> acknowledged = acknowledged(answers);
          site.restart();

          assertFalse(acknowledged.isEmpty(), site.log());
          Set<String> after = names(all(site));
          assertTrue(after.containsAll(acknowledged), "an acknowledged reservation is gone");
          assertHeldOnce(site, after.size());

          for (CreateReservationRequest request : requests) {
            site.reservations().createReservation(request);
          }
          Set<String> repeated = names(all(site));
          assertEquals(BURST, repeated.size(), site.log());
          assertTrue(repeated.containsAll(after));
          assertHeldOnce(site, BURST);
          assertToldAgainAndThenActive(site, repeated);
          assertHeldOnce(site, BURST);
        });
  }

  /** Waits for every answer: the crash took those that failed, and perhaps their requests. */
  private static Set<String> acknowledged(List<ListenableFuture<Reservation>> answers)
      throws InterruptedException, ExecutionException {
    return Futures.successfulAsList(answers).get().stream()
        .filter(Objects::nonNull)
        .map(Reservation::getName)
        .collect(Collectors.toSet());
  }

  private static Set<String> names(List<Reservation> reservations) {
    Set<String> names = new HashSet<>();
    reservations.forEach(reservation -> names.add(reservation.getName()));
    assertEquals(reservations.size(), names.size(), "each name stands once");
    return names;
  }
}
