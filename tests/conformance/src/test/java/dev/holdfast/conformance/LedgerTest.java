package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.type.Interval;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Origin;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.ledger.Admission;
import dev.holdfast.store.ledger.RequestKey;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that repeat or race, and rows that are not the server's own (E01, E02, E03, E06, F14).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LedgerTest {
  private static final int RACES = 5;
  private static final Workload WORKLOAD =
      Workload.newBuilder().setImage("images/" + "ab".repeat(32)).build();

  private Site site;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private CreateReservationRequest numbered(String id) {
    return CreateReservationRequest.newBuilder()
        .setParent(Site.FIRST_TENANT)
        .setReservation(site.wish())
        .setRequestId(id)
        .build();
  }

  private static Reservation make(Client caller, CreateReservationRequest request) {
    return caller.reservations().createReservation(request);
  }

  private long held() {
    return site.ledger().heldOnNode().entrySet().stream()
        .filter(entry -> entry.getKey().toString().equals(Site.HYPERVISOR))
        .mapToLong(entry -> entry.getValue().amount().get(Resource.CPU_MILLICORES))
        .sum();
  }

  @Test
  void e01_theSameRequestAgainGivesTheSameReservation() {
    CreateReservationRequest request = numbered(UUID.randomUUID().toString());
    Reservation first = make(site.firstTenant(), request);
    Reservation again = make(site.firstTenant(), request);
    assertEquals(first.getName(), again.getName());
    assertEquals(1000, held(), "held once");
    site.releaseUntilEnded(first.getName());
    assertEquals(Reservation.State.STATE_RELEASED, make(site.firstTenant(), request).getState());
    assertEquals(0, held());
    site.requireHealthy();
  }

  @Test
  void e01_theSameRequestAfterARestartGivesTheSameReservation(@TempDir Path directory)
      throws IOException {
    try (Site own = Site.healthy(directory)) {
      CreateReservationRequest request = numbered(UUID.randomUUID().toString());
      Reservation first = make(own.firstTenant(), request);
      own.restart();
      assertEquals(first.getName(), make(own.firstTenant(), request).getName());
      assertEquals(1, own.ledger().reservations().size());
      own.reconnect();
      own.releaseUntilEnded(first.getName());
      own.requireHealthy();
    }
  }

  @Test
  void e01_theSameCommandTypedAgainLaterGivesTheSameReservation(@TempDir Path folder)
      throws IOException {
    try (Site own = Site.healthy(folder)) {
      Terminal terminal = new Terminal(own, folder);
      String id = UUID.randomUUID().toString();
      List<String> said = new ArrayList<>();
      for (List<String> inputs : List.of(List.of("a=1", "b=2"), List.of("b=2", "a=1"))) {
        Terminal.Ended ended =
            terminal.holdfast(
                "reserve",
                "--tenant",
                Site.FIRST_TENANT,
                "--image",
                "ab".repeat(32),
                "--input",
                inputs.getFirst(),
                "--input",
                inputs.getLast(),
                "--cpu",
                "1",
                "--in",
                "2m",
                "--for",
                "5m",
                "--request-id",
                id,
                "-o",
                "json");
        assertEquals(0, ended.code(), ended.err());
        said.add(ended.out());
        own.clock().advance(Duration.ofSeconds(90));
      }
      String first = Site.FIRST_TENANT + "/reservations/r-" + id;
      assertTrue(said.getFirst().contains(first) && said.getLast().contains(first), said::toString);
      assertEquals(1, own.ledger().reservations().size());
    }
  }

  @Test
  void e01_whatWasDoneIsNotRefusedForBeingAskedForTooLate(@TempDir Path folder) throws IOException {
    try (Site own = Site.healthy(folder)) {
      Instant now = own.clock().instant();
      CreateReservationRequest request =
          CreateReservationRequest.newBuilder()
              .setParent(Site.FIRST_TENANT)
              .setReservation(
                  own.wish()
                      .setInterval(
                          Interval.newBuilder()
                              .setStartTime(PaperNode.time(now))
                              .setEndTime(PaperNode.time(now.plusSeconds(120)))))
              .setRequestId(UUID.randomUUID().toString())
              .build();
      Reservation first = make(own.firstTenant(), request);
      own.clock().advance(Duration.ofMinutes(3));
      assertEquals(first.getName(), make(own.firstTenant(), request).getName());
    }
  }

  @Test
  void e01_aGrantAskedForAgainIsTheSameOnAReservationThatWasMadeAhead(@TempDir Path folder)
      throws IOException {
    try (Site own = Site.healthy(folder)) {
      Instant now = own.clock().instant();
      var name = new ReservationName(TenantName.parse(Site.FIRST_TENANT), "ahead");
      ResourceVector amount = ResourceVector.of(Resource.CPU_MILLICORES, 1000);
      var pending =
          new dev.holdfast.pam.reservation.Reservation(
              name,
              ResourceWire.read(WORKLOAD),
              TrustZoneName.parse(Site.ZONE),
              amount,
              dev.holdfast.pam.model.Interval.from(now, Duration.ofHours(1)),
              0,
              Origin.FORECAST,
              Optional.empty(),
              new ReservationState.Pending(Optional.empty()),
              now,
              now);
      var pathway = PathwayName.parse(Site.FIRST_PATHWAY);
      own.restart(
          ledger ->
              ledger
                  .reservations()
                  .reserve(
                      pending,
                      new Admission(pathway, amount, Optional.empty()),
                      new RequestKey(new RequestId(UUID.randomUUID()), Sha256.of("ahead"))));
      own.reconnect();
      UUID id = UUID.randomUUID();
      GrantUpdate first = acquire(own.session(Site.FIRST_ENCLAVE), id);
      assertEquals(name.toString(), first.getReservation(), first::toString);
      GrantUpdate again = acquire(own.session(Site.FIRST_ENCLAVE), id);
      assertEquals(first.getGrant().getName(), again.getGrant().getName());
      assertEquals(1, own.ledger().reservations().size());
    }
  }

  private static GrantUpdate acquire(PaperSession enclave, UUID id) {
    return acquire(enclave, id, 0);
  }

  private static GrantUpdate acquire(PaperSession enclave, UUID id, int priority) {
    enclave.say(
        SessionRequest.newBuilder()
            .setGrantRequest(
                GrantRequest.newBuilder()
                    .setRequestId(id.toString())
                    .setAcquire(
                        ResourceRequest.newBuilder().setWorkload(WORKLOAD).setPriority(priority))));
    return enclave.grant();
  }

  @Test
  void e02_anotherRequestOfAnAgentUnderTheSameIdIsRefused() {
    UUID id = UUID.randomUUID();
    GrantUpdate first = acquire(site.session(Site.FIRST_ENCLAVE), id);
    assertTrue(first.hasGrant(), first::toString);
    GrantUpdate other = acquire(site.session(Site.FIRST_ENCLAVE), id, 1);
    Refused.of(other.getRefusal()).with(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED");
    GrantUpdate again = acquire(site.session(Site.FIRST_ENCLAVE), id);
    assertEquals(first.getGrant().getName(), again.getGrant().getName());
    site.releaseUntilEnded(first.getReservation());
    site.requireHealthy();
  }

  @Test
  void e02_anotherRequestUnderTheSameIdIsRefused() {
    String id = UUID.randomUUID().toString();
    Reservation first = make(site.firstTenant(), numbered(id));
    CreateReservationRequest other =
        numbered(id).toBuilder().setReservation(site.wish().setPriority(1)).build();
    int before = site.ledger().reservations().size();
    Refused.by(() -> make(site.firstTenant(), other))
        .with(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED");
    Refused.by(() -> make(site.operator(), numbered(id)))
        .with(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED");
    assertEquals(before, site.ledger().reservations().size());
    assertEquals(1000, held());
    site.releaseUntilEnded(first.getName());
    site.requireHealthy();
  }

  @Test
  void e03_whatWasHeldBetweenDecisionAndCommitCounts() {
    Reservation.Builder large = site.wish();
    large.getAmountBuilder().setCpuMillicores(Site.CPU_MILLICORES / 2 + 1);
    List<Reservation> overtaking = new CopyOnWriteArrayList<>();
    site.clock().atDecision(() -> overtaking.add(site.reserve(large)));
    Refused.by(() -> site.reserve(large)).with(Code.RESOURCE_EXHAUSTED, "CAPACITY");
    assertEquals(1, overtaking.size());
    assertEquals(Site.CPU_MILLICORES / 2 + 1, held());
    site.releaseUntilEnded(overtaking.getFirst().getName());
    assertEquals(0, held());
    site.requireHealthy();
  }

  @Test
  void e03_ofTwoThatTogetherExceedTheNodeExactlyOneIsHeld() throws Exception {
    for (int race = 0; race < RACES; race++) {
      Reservation.Builder large = site.wish();
      large.getAmountBuilder().setCpuMillicores(Site.CPU_MILLICORES / 2 + 1);
      CyclicBarrier together = new CyclicBarrier(2);
      List<Reservation> made = new CopyOnWriteArrayList<>();
      List<Refused> refused = new CopyOnWriteArrayList<>();
      Callable<Boolean> attempt =
          () -> {
            together.await();
            try {
              return made.add(site.reserve(large));
            } catch (StatusRuntimeException full) {
              return refused.add(Refused.of(full));
            }
          };
      try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
        for (Future<Boolean> answer : callers.invokeAll(List.of(attempt, attempt))) {
          assertTrue(answer.get());
        }
      }
      assertEquals(1, made.size(), () -> "refused: " + refused);
      refused.getFirst().with(Code.RESOURCE_EXHAUSTED, "CAPACITY");
      assertEquals(Site.CPU_MILLICORES / 2 + 1, held());
      site.releaseUntilEnded(made.getFirst().getName());
      assertEquals(0, held());
    }
    site.requireHealthy();
  }

  @Test
  void f14_aRowThatSomebodyElseForgedIsKeptFromUseAndAllOthersAreServed(@TempDir Path folder)
      throws IOException {
    try (Site own = Site.healthy(folder)) {
      Reservation forged = own.reserveUntilActive(own.wish());
      Reservation other = own.reserveUntilActive(own.wish());
      int heard = own.events().count();
      int told = own.told();
      Key row =
          own.store().range(KeyRange.prefix(Key.of("holdfast/"))).rows().stream()
              .map(Row::key)
              .filter(key -> key.toString().endsWith(forged.getName()))
              .findFirst()
              .orElseThrow();
      own.store()
          .commit(
              new Transaction(
                  List.of(), List.of(Operation.put(row, Value.of("a reservation, I swear")))));
      own.events().await(heard, Event.ForeignRows.class, _ -> true);
      for (Client caller : List.of(own.firstTenant(), own.operator())) {
        Refused.by(() -> get(caller, forged.getName()))
            .with(Code.FAILED_PRECONDITION, "LEDGER_INTEGRITY");
      }
      assertEquals(other, get(own.operator(), other.getName()));
      assertEquals(told, own.told());
      own.requireHealthy();
    }
  }

  private static Reservation get(Client caller, String name) {
    return caller
        .reservations()
        .getReservation(GetReservationRequest.newBuilder().setName(name).build());
  }

  @Test
  void e06_aSecondReleaseIsAnsweredAndFreesNothingMore() {
    Reservation kept = site.reserveUntilActive(site.wish());
    Reservation ended = site.reserveUntilActive(site.wish());
    assertEquals(2000, held());
    Reservation released = site.releaseUntilEnded(ended.getName());
    assertEquals(Reservation.State.STATE_RELEASED, released.getState());
    assertEquals("RELEASED", released.getCause().getReason());
    for (Client caller : List.of(site.firstTenant(), site.operator())) {
      Reservation again =
          caller
              .reservations()
              .releaseReservation(
                  ReleaseReservationRequest.newBuilder().setName(ended.getName()).build());
      assertEquals(released, again);
      assertEquals(1000, held());
    }
    assertTrue(site.ledger().unreadable().isEmpty());
    site.releaseUntilEnded(kept.getName());
    assertEquals(0, held());
    site.requireHealthy();
  }
}
