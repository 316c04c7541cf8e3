package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.type.Interval;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Hello;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.server.journal.Event;
import dev.holdfast.store.ledger.LedgerSnapshot;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Requests that can never be valid (E08, E09, E11, E15). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WireTest {
  /** Ids that would do harm in a key, a path or a log, or that look like others. */
  private static final List<String> BAD_IDS =
      List.of(
          "a\0b",
          "a\nb",
          "a\r\nWARN all is well",
          "..",
          "../t2",
          "a/b",
          "A",
          "-a",
          "1a",
          "\u0430", // Cyrillic a
          "\uff4f", // full width o
          "a\u202eb",
          " a",
          "z".repeat(64),
          "a".repeat(3 << 20));

  private Site site;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private void refused(UnaryOperator<Reservation.Builder> change, Code code, String reason) {
    request(
        request -> request.setReservation(change.apply(request.getReservationBuilder())),
        code,
        reason);
  }

  private void request(
      UnaryOperator<CreateReservationRequest.Builder> change, Code code, String reason) {
    LedgerSnapshot before = site.ledger();
    CreateReservationRequest request =
        change
            .apply(
                CreateReservationRequest.newBuilder()
                    .setParent(Site.FIRST_TENANT)
                    .setReservation(site.wish()))
            .build();
    Refused.by(() -> site.firstTenant().reservations().createReservation(request))
        .with(code, reason);
    assertEquals(before.reservations().keySet(), site.ledger().reservations().keySet());
  }

  private void amount(UnaryOperator<ResourceVector.Builder> change) {
    refused(
        wish -> wish.setAmount(change.apply(wish.getAmountBuilder())),
        Code.INVALID_ARGUMENT,
        "AMOUNT");
  }

  @Test
  void e08_amountsThatAreNoAmountsAreRefused() {
    amount(amount -> amount.setCpuMillicores(-1));
    amount(amount -> amount.setMemoryBytes(Long.MIN_VALUE));
    amount(amount -> amount.setNetworkBytesPerSecond(Long.MAX_VALUE));
    amount(amount -> amount.setStorageBytes((1L << 50) + 1));
    amount(ResourceVector.Builder::clear);
    for (double number : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      refused(
          wish ->
              wish.setWorkload(
                  wish.getWorkloadBuilder()
                      .putInputs("rows", InputValue.newBuilder().setNumber(number).build())),
          Code.INVALID_ARGUMENT,
          "AMOUNT");
    }
    refused(wish -> wish.setPriority(-1), Code.INVALID_ARGUMENT, "AMOUNT");
    site.requireHealthy();
  }

  @Test
  void e08_lifetimesThatAreNoLifetimesAreRefused() {
    for (Duration lifetime :
        List.of(
            Duration.newBuilder().setSeconds(-1).build(),
            Duration.getDefaultInstance(),
            Duration.newBuilder().setSeconds(Long.MAX_VALUE).build(),
            Duration.newBuilder().setSeconds(Long.MIN_VALUE).build(),
            Duration.newBuilder().setSeconds(60).setNanos(-1).build(),
            Duration.newBuilder().setSeconds(60).setNanos(Integer.MAX_VALUE).build())) {
      Refused.by(
              () ->
                  site.operator()
                      .topology()
                      .createJoinToken(
                          CreateJoinTokenRequest.newBuilder()
                              .setNode(Site.SWITCH)
                              .setLifetime(lifetime)
                              .build()))
          .with(Code.INVALID_ARGUMENT, "AMOUNT");
    }
    Refused.by(
            () ->
                site.operator()
                    .topology()
                    .listNodes(
                        ListNodesRequest.newBuilder().setParent(Site.ZONE).setPageSize(-1).build()))
        .with(Code.INVALID_ARGUMENT, "AMOUNT");
    site.requireHealthy();
  }

  private void window(Interval.Builder interval) {
    refused(wish -> wish.setInterval(interval), Code.INVALID_ARGUMENT, "WINDOW");
  }

  @Test
  void e09_windowsThatAreNotPossibleAreRefused() {
    Instant now = site.clock().instant();
    window(between(now.plusSeconds(600), now.plusSeconds(60)));
    window(between(now.plusSeconds(600), now.plusSeconds(600)));
    window(between(now.minusSeconds(61), now.plusSeconds(600)));
    window(between(now, now.plusSeconds(31 * 86_400L + 1)));
    window(between(now.minusSeconds(30), now.minusSeconds(10)));
    window(between(now, now).setEndTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)));
    window(
        between(now, now)
            .setEndTime(Timestamp.newBuilder().setSeconds(now.getEpochSecond() + 60).setNanos(-1)));
    site.requireHealthy();
    // A start less than a minute past means now.
    Reservation made =
        site.reserve(site.wish().setInterval(between(now.minusSeconds(59), now.plusSeconds(600))));
    assertEquals(PaperNode.time(now), made.getInterval().getStartTime());
    site.releaseUntilEnded(made.getName());
  }

  @Test
  void e09_spansFromNowThatAreNotPossibleAreRefused() {
    Duration hour = Duration.newBuilder().setSeconds(3600).build();
    Duration month = Duration.newBuilder().setSeconds(31 * 86_400L).build();
    spanned(request -> request.setHoldDuration(Duration.getDefaultInstance()), "AMOUNT");
    spanned(request -> request.setHoldDuration(month.toBuilder().setNanos(1)), "AMOUNT");
    spanned(request -> request.setHoldDuration(hour.toBuilder().setNanos(-1)), "AMOUNT");
    spanned(
        request ->
            request.setHoldDuration(hour).setStartDelay(Duration.newBuilder().setSeconds(-1)),
        "AMOUNT");
    spanned(request -> request.setHoldDuration(hour).setStartDelay(month), "WINDOW");
    request(request -> request.setHoldDuration(hour), Code.INVALID_ARGUMENT, "WINDOW");
    missing(request -> request.setReservation(site.wish().clearInterval()).setStartDelay(hour));
    site.requireHealthy();
  }

  private void spanned(UnaryOperator<CreateReservationRequest.Builder> change, String reason) {
    request(
        request -> change.apply(request.setReservation(site.wish().clearInterval())),
        Code.INVALID_ARGUMENT,
        reason);
  }

  private static Interval.Builder between(Instant start, Instant end) {
    return Interval.newBuilder()
        .setStartTime(PaperNode.time(start))
        .setEndTime(PaperNode.time(end));
  }

  @Test
  void e10_aPriorityAboveTheTenantsIsRefused() {
    refused(wish -> wish.setPriority(Site.PRIORITY_MAX + 1), Code.PERMISSION_DENIED, "PRIORITY");
    refused(wish -> wish.setPriority(1001), Code.INVALID_ARGUMENT, "AMOUNT");
    Reservation made = site.reserve(site.wish().setPriority(Site.PRIORITY_MAX));
    assertEquals(Site.PRIORITY_MAX, made.getPriority());
    site.releaseUntilEnded(made.getName());
    site.requireHealthy();
  }

  @Test
  void e11_idsThatNoNameMayHoldAreRefused() {
    for (String id : BAD_IDS) {
      request(request -> request.setRequestId(id), Code.INVALID_ARGUMENT, "ID_FORMAT");
      request(request -> request.setReservationId(id), Code.INVALID_ARGUMENT, "ID_FORMAT");
      Refused.by(() -> create(id, NodeRole.NODE_ROLE_SWITCH_VALUE))
          .with(Code.INVALID_ARGUMENT, "ID_FORMAT");
      Refused.by(
              () ->
                  site.operator()
                      .topology()
                      .getNode(
                          GetNodeRequest.newBuilder().setName(Site.ZONE + "/nodes/" + id).build()))
          .with(Code.INVALID_ARGUMENT, "ID_FORMAT");
      Refused.by(
              () ->
                  site.operator()
                      .reservations()
                      .getReservation(
                          GetReservationRequest.newBuilder()
                              .setName(Site.FIRST_TENANT + "/reservations/" + id)
                              .build()))
          .with(Code.INVALID_ARGUMENT, "ID_FORMAT");
      refused(wish -> wish.setTrustZone("trustZones/" + id), Code.INVALID_ARGUMENT, "ID_FORMAT");
      refused(
          wish -> wish.setWorkload(Workload.newBuilder().setImage("images/" + id)),
          Code.INVALID_ARGUMENT,
          "ID_FORMAT");
    }
    // Not every UUID is one that nobody else has.
    for (String id :
        List.of("00000000-0000-0000-0000-000000000000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")) {
      request(request -> request.setRequestId(id), Code.INVALID_ARGUMENT, "ID_FORMAT");
    }
    // What is larger than any message may be is not even read.
    request(
        request -> request.setRequestId("a".repeat(10_000_000)),
        Code.RESOURCE_EXHAUSTED,
        "MESSAGE_TOO_LARGE");
    assertEquals(5, site.ledger().nodes().size());
    site.requireHealthy();
  }

  private Node create(String id, int role) {
    return site.operator()
        .topology()
        .createNode(
            CreateNodeRequest.newBuilder()
                .setParent(Site.ZONE)
                .setNodeId(id)
                .setNode(Node.newBuilder().setRoleValue(role))
                .build());
  }

  @Test
  void e15_fieldsThatMustBeThereAreAskedFor() {
    missing(CreateReservationRequest.Builder::clearParent);
    missing(CreateReservationRequest.Builder::clearReservation);
    missing(request -> request.setReservation(site.wish().clearWorkload()));
    missing(request -> request.setReservation(site.wish().setWorkload(Workload.newBuilder())));
    missing(request -> request.setReservation(site.wish().clearInterval()));
    missing(request -> request.setReservation(site.wish().setInterval(Interval.newBuilder())));
    missing(
        request ->
            request.setReservation(
                site.wish()
                    .setWorkload(
                        site.wish()
                            .getWorkloadBuilder()
                            .putInputs("rows", InputValue.getDefaultInstance()))));
    Refused.by(() -> create("fine", NodeRole.NODE_ROLE_UNSPECIFIED_VALUE))
        .with(Code.INVALID_ARGUMENT, "FIELD_MISSING");
    Refused.by(() -> create("", NodeRole.NODE_ROLE_SWITCH_VALUE))
        .with(Code.INVALID_ARGUMENT, "FIELD_MISSING");
    assertEquals(5, site.ledger().nodes().size());
    site.requireHealthy();
  }

  private void missing(UnaryOperator<CreateReservationRequest.Builder> change) {
    request(change, Code.INVALID_ARGUMENT, "FIELD_MISSING");
  }

  @Test
  void e15_enumValuesOfANewerReleaseAreNotGuessedAt() {
    Refused.by(() -> create("fine", 99)).with(Code.UNIMPLEMENTED, "ENUM_UNKNOWN");
    assertEquals(5, site.ledger().nodes().size());
    greeting(hello -> hello.setRoleValue(99)).with(Code.UNIMPLEMENTED, "ENUM_UNKNOWN");
    greeting(Hello.Builder::clearRole).with(Code.INVALID_ARGUMENT, "FIELD_MISSING");
    greeting(Hello.Builder::clearCapabilities).with(Code.INVALID_ARGUMENT, "FIELD_MISSING");
    greeting(Hello.Builder::clearNode).with(Code.INVALID_ARGUMENT, "FIELD_MISSING");
    PaperSession storage = site.session(Site.STORAGE);
    storage.reporting(status -> status.setStateValue(99));
    Reservation made = site.reserve(site.wish());
    storage.refused().with(Code.UNIMPLEMENTED, "ENUM_UNKNOWN");
    assertEquals(Reservation.State.STATE_PROVISIONING, site.get(made.getName()).getState());
    storage.close();
    PaperSession again = site.connect(site.node(Site.STORAGE));
    again.reporting(status -> status.setState(AllocationStatus.State.STATE_APPLIED));
    site.events()
        .await(
            0,
            Event.Activated.class,
            event -> event.reservation().toString().equals(made.getName()));
    again.reporting(status -> status);
    site.releaseUntilEnded(made.getName());
    site.requireHealthy();
  }

  /** How a session ends that begins with a changed Hello. */
  private Refused greeting(UnaryOperator<Hello.Builder> change) {
    PaperNode node = site.node(Site.SWITCH);
    try (Client client = node.client(site.port(), site.root())) {
      PaperSession session = new PaperSession(node, client);
      session.say(
          SessionRequest.newBuilder().setHello(change.apply(PaperSession.hello(node).toBuilder())));
      return session.refused();
    }
  }
}
