package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.type.Interval;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ListGrantsRequest;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.reservation.v1.UpdateReservationRequest;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.rpc.Limits;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes too late, or has grown old (E04, E06, E07, E13, E14, F05). */
final class TimeTest {
  @TempDir Path directory;

  @Test
  void e04_aChainThatExpiresBetweenDecisionAndCommitHoldsNothing() throws IOException {
    try (Site site = Site.healthy(directory)) {
      int told = site.told();
      site.clock().atDecision(() -> site.clock().advance(Site.EVIDENCE_AGE_MAX.plusSeconds(1)));
      Refused.by(() -> site.reserve(site.wish()))
          .with(Code.FAILED_PRECONDITION, "ATTESTATION_EXPIRED");
      assertTrue(site.clock().turned(), "the clock was moved while it was decided");
      assertTrue(site.ledger().reservations().isEmpty());
      assertEquals(told, site.told());
      site.requireHealthy();
    }
  }

  @Test
  void e06_aReleaseAfterTheEndShowsHowItEndedAndFreesNothingMore() throws IOException {
    try (Site site = Site.healthy(directory)) {
      Reservation kept = site.reserveUntilActive(site.wish());
      Reservation brief =
          site.reserveUntilActive(
              site.wish()
                  .setInterval(
                      Interval.newBuilder()
                          .setEndTime(PaperNode.time(site.clock().instant().plusSeconds(30)))));
      int before = site.events().count();
      site.clock().advance(Duration.ofSeconds(31));
      site.events()
          .await(
              before,
              Event.Ended.class,
              event -> event.reservation().toString().equals(brief.getName()));
      for (int i = 0; i < 2; i++) {
        Reservation released =
            site.firstTenant()
                .reservations()
                .releaseReservation(
                    ReleaseReservationRequest.newBuilder().setName(brief.getName()).build());
        assertEquals(Reservation.State.STATE_RELEASED, released.getState());
        assertEquals("INTERVAL_OVER", released.getCause().getReason());
        assertEquals(1000, heldOnHypervisor(site));
      }
      site.releaseUntilEnded(kept.getName());
      assertEquals(0, heldOnHypervisor(site));
      site.requireHealthy();
    }
  }

  private static long heldOnHypervisor(Site site) {
    return site.operator()
        .topology()
        .getNode(
            dev.holdfast.proto.policy.v1.GetNodeRequest.newBuilder()
                .setName(Site.HYPERVISOR)
                .build())
        .getHeld()
        .getCpuMillicores();
  }

  @Test
  void e07_aGrantThatHasExpiredIsNotRenewed() throws IOException {
    try (Site site = Site.healthy(directory)) {
      PaperSession enclave = site.session(Site.FIRST_ENCLAVE);
      Reservation held = site.reserveUntilActive(site.wish());
      Grant grant = acquire(enclave, held.getName());
      Grant renewed = renew(enclave, grant).getGrant();
      assertEquals(grant.getName(), renewed.getName(), "one in time is renewed");
      assertTrue(renewed.getGeneration() > grant.getGeneration());
      site.clock().advance(Duration.ofSeconds(renewed.getLifetime().getSeconds() + 1));
      GrantUpdate late = renew(enclave, renewed);
      assertTrue(late.hasRefusal(), late.toString());
      Refused.of(late.getRefusal()).with(Code.FAILED_PRECONDITION, "LEASE_EXPIRED");
      assertEquals(
          0,
          site.operator()
              .reservations()
              .listGrants(ListGrantsRequest.newBuilder().setParent(held.getName()).build())
              .getGrantsCount(),
          "it does not come back");
      assertFalse(acquire(enclave, held.getName()).getName().equals(grant.getName()));
      site.releaseUntilEnded(held.getName());
      site.requireHealthy();
    }
  }

  @Test
  void safeLimitsLastNoLongerThanTheChain() throws IOException {
    Duration lifetime = Duration.ofSeconds(55);
    SiteOptions options = SiteOptions.USUAL.granting(new GrantRules(lifetime, 0.5));
    try (Site site = Site.healthy(directory, options)) {
      PaperSession enclave = site.session(Site.FIRST_ENCLAVE);
      Reservation held = site.reserveUntilActive(site.wish());
      AttestationChain chain = site.attest(Site.FIRST_PATHWAY);
      Duration trusted = Duration.between(site.clock().instant(), instant(chain.getExpireTime()));
      assertTrue(trusted.compareTo(lifetime.multipliedBy(2)) > 0, trusted::toString);
      Grant early = acquire(enclave, held.getName());
      assertEquals(500, early.getSafeLimits().getCpuMillicores());
      assertEquals(lifetime.toSeconds(), early.getSafeLifetime().getSeconds());

      // Seventy seconds of trust are left: one lifetime, and fifteen more.
      site.clock().advance(trusted.minusSeconds(70));
      assertTrue(site.clock().instant().isBefore(instant(early.getExpireTime())));
      Grant late = renew(enclave, early).getGrant();
      assertEquals(lifetime.toSeconds(), late.getLifetime().getSeconds());
      assertEquals(15, late.getSafeLifetime().getSeconds());
      Grant listed =
          site.operator()
              .reservations()
              .listGrants(ListGrantsRequest.newBuilder().setParent(held.getName()).build())
              .getGrants(0);
      assertEquals(late.getSafeLifetime(), listed.getSafeLifetime());

      site.clock().advance(Duration.ofSeconds(30));
      Grant last = renew(enclave, late).getGrant();
      assertEquals(40, last.getLifetime().getSeconds());
      assertEquals(Duration.ZERO, span(last.getSafeLifetime()));
      for (Grant grant : List.of(early, late, last)) {
        Instant end = instant(grant.getExpireTime()).plus(span(grant.getSafeLifetime()));
        assertFalse(end.isAfter(instant(chain.getExpireTime())), grant.toString());
      }
      site.releaseUntilEnded(held.getName());
      site.requireHealthy();
    }
  }

  private static Instant instant(com.google.protobuf.Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static Duration span(com.google.protobuf.Duration span) {
    return Duration.ofSeconds(span.getSeconds(), span.getNanos());
  }

  @Test
  void aGrantThatIsAskedForAgainLastsNoLongerForIt() throws IOException {
    try (Site site = Site.healthy(directory)) {
      PaperSession enclave = site.session(Site.FIRST_ENCLAVE);
      Reservation held = site.reserveUntilActive(site.wish());
      UUID id = UUID.randomUUID();
      Grant first = acquire(enclave, held.getName(), id);
      site.clock().advance(Duration.ofSeconds(20));
      Grant again = acquire(enclave, held.getName(), id);
      assertEquals(first.getName(), again.getName());
      assertEquals(first.getExpireTime(), again.getExpireTime());
      assertEquals(span(first.getLifetime()).minusSeconds(20), span(again.getLifetime()));
      site.releaseUntilEnded(held.getName());
      site.requireHealthy();
    }
  }

  private static Grant acquire(PaperSession enclave, String reservation) {
    return acquire(enclave, reservation, UUID.randomUUID());
  }

  private static Grant acquire(PaperSession enclave, String reservation, UUID requestId) {
    enclave.say(
        SessionRequest.newBuilder()
            .setGrantRequest(
                GrantRequest.newBuilder()
                    .setRequestId(requestId.toString())
                    .setAcquire(ResourceRequest.newBuilder().setReservation(reservation))));
    GrantUpdate update = enclave.grant();
    assertTrue(update.hasGrant(), update.toString());
    return update.getGrant();
  }

  private static GrantUpdate renew(PaperSession enclave, Grant grant) {
    enclave.say(
        SessionRequest.newBuilder()
            .setGrantRequest(
                GrantRequest.newBuilder()
                    .setRequestId(UUID.randomUUID().toString())
                    .setRenew(GrantRequest.Renewal.newBuilder().setGrant(grant.getName()))));
    return enclave.grant();
  }

  @Test
  void e13_aLargeChangeOnAPathwayThatCannotBeAttestedIsRefused() throws IOException {
    try (Site site = Site.healthy(directory)) {
      Reservation held = site.reserveUntilActive(site.wish());
      PaperSession storage = site.session(Site.STORAGE);
      storage.behave(Manner.SILENT);
      int told = site.told();
      Refused.by(() -> resize(site, held, 8000))
          .with(Code.FAILED_PRECONDITION, "REATTEST_REQUIRED");
      Reservation after = site.get(held.getName());
      assertEquals(held.getHold().getAmount(), after.getHold().getAmount());
      assertEquals(held.getHold().getGeneration(), after.getHold().getGeneration());
      assertEquals(1000, heldOnHypervisor(site));
      assertEquals(told, site.told());
      storage.behave(Manner.HONEST);
      int before = site.events().count();
      site.attest(Site.FIRST_PATHWAY);
      site.events()
          .await(
              before,
              Event.Activated.class,
              event -> event.reservation().toString().equals(held.getName()));
      assertEquals(8000, resize(site, held, 8000).getHold().getAmount().getCpuMillicores());
      assertEquals(8000, heldOnHypervisor(site));
      site.releaseUntilEnded(held.getName());
      site.requireHealthy();
    }
  }

  @Test
  void aNodeThatIsSilentInARoutineRoundIsTrustedUntilWhatItProvedExpires() throws IOException {
    SiteOptions options = SiteOptions.USUAL.attesting(Duration.ofSeconds(1));
    try (Site site = Site.healthy(directory, options)) {
      Reservation held = site.reserveUntilActive(site.wish());
      site.session(Site.STORAGE).behave(Manner.SILENT);
      int silent = site.events().count();
      for (int round = 0; round < 2; round++) {
        site.events()
            .await(
                silent,
                Event.ChainMade.class,
                made ->
                    made.pathway().toString().equals(Site.FIRST_PATHWAY)
                        && made.reasons().contains("CHAIN_INCOMPLETE"));
        silent = site.events().count();
      }
      assertEquals(Reservation.State.STATE_ACTIVE, site.get(held.getName()).getState());

      site.clock().advance(Duration.ofMinutes(30));
      site.events()
          .await(
              silent,
              Event.Suspended.class,
              one -> one.reservation().toString().equals(held.getName()));
      assertEquals(Reservation.State.STATE_SUSPENDED, site.get(held.getName()).getState());
    }
  }

  private static Reservation resize(Site site, Reservation reservation, long millicores) {
    return site.firstTenant()
        .reservations()
        .updateReservation(
            UpdateReservationRequest.newBuilder()
                .setReservation(
                    Reservation.newBuilder()
                        .setName(reservation.getName())
                        .setAmount(
                            reservation.getAmount().toBuilder().setCpuMillicores(millicores)))
                .build());
  }

  @Test
  void e14_anAllocationOfAnOldGenerationCountsAsNotApplied() throws IOException {
    try (Site site = Site.healthy(directory)) {
      PaperSession storage = site.session(Site.STORAGE);
      storage.reporting(
          status ->
              status.getObserved().getReservation().endsWith("/a-old")
                  ? status.setObserved(
                      status
                          .getObservedBuilder()
                          .setGeneration(status.getObserved().getGeneration() - 1))
                  : status);
      int before = site.events().count();
      String old = named(site, "a-old");
      String fresh = named(site, "b-fresh");
      // Every node reported the old one before the fresh one, and each pass looks at it first.
      site.events()
          .await(
              before, Event.Activated.class, event -> event.reservation().toString().equals(fresh));
      assertEquals(Reservation.State.STATE_PROVISIONING, site.get(old).getState());
      storage.reportAgain(old);
      site.events()
          .await(
              before, Event.Activated.class, event -> event.reservation().toString().equals(old));
      storage.reporting(status -> status);
      site.releaseUntilEnded(old);
      site.releaseUntilEnded(fresh);
      site.requireHealthy();
    }
  }

  private static String named(Site site, String id) {
    return site.firstTenant()
        .reservations()
        .createReservation(
            CreateReservationRequest.newBuilder()
                .setParent(Site.FIRST_TENANT)
                .setReservationId(id)
                .setReservation(site.wish())
                .build())
        .getName();
  }

  private static final Limits HASTY =
      new Limits(
          Limits.DEFAULT.messageBytesMax(),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30));

  @Test
  void f05_aCallWithoutADeadlineHasTheServersOwn() throws Exception {
    SiteOptions options = new SiteOptions(HASTY, store -> store);
    try (Site site = Site.healthy(directory, options)) {
      PaperSession storage = site.session(Site.STORAGE);
      storage.behave(Manner.quote(quote -> quote.withMagic(0)));
      Refused.by(() -> site.attest(Site.FIRST_PATHWAY))
          .with(Code.PERMISSION_DENIED, "TPM_MAGIC_INVALID");
      storage.behave(Manner.SILENT);
      CompletableFuture<Refused> call =
          CompletableFuture.supplyAsync(
              () ->
                  Refused.by(
                      () ->
                          ReservationServiceGrpc.newBlockingStub(site.firstTenant().channel())
                              .createReservation(wish(site))));
      Challenge challenge = storage.unanswered();
      call.get(20, TimeUnit.SECONDS).with(Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED");
      // The answer that the call waited for comes after its end: it attests, and reserves nothing.
      int before = site.events().count();
      storage.behave(Manner.HONEST);
      storage.answer(site.node(Site.STORAGE).evidence(challenge, Manner.HONEST));
      site.events().await(before, Event.ChainMade.class, _ -> true);
      site.requireHealthy();
      assertEquals(1, site.ledger().reservations().size(), "only the positive control's own");
    }
  }

  @Test
  void f05_aCallWithoutTimeLeftIsRefusedBeforeItBegins() throws IOException {
    SiteOptions options = new SiteOptions(HASTY, store -> store);
    try (Site site = Site.healthy(directory, options)) {
      Refused.by(
              () ->
                  ReservationServiceGrpc.newBlockingStub(site.firstTenant().channel())
                      .withDeadlineAfter(900, TimeUnit.MILLISECONDS)
                      .createReservation(wish(site)))
          .with(Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED");
      for (int i = 0; i < 20; i++) {
        assertEquals(
            Code.DEADLINE_EXCEEDED,
            Refused.by(
                    () ->
                        ReservationServiceGrpc.newBlockingStub(site.firstTenant().channel())
                            .withDeadlineAfter(1, TimeUnit.MILLISECONDS)
                            .createReservation(wish(site)))
                .code());
      }
      assertEquals(
          Code.DEADLINE_EXCEEDED,
          Refused.by(
                  () ->
                      AttestationServiceGrpc.newBlockingStub(site.operator().channel())
                          .withDeadlineAfter(1, TimeUnit.MILLISECONDS)
                          .attestPathway(
                              AttestPathwayRequest.newBuilder()
                                  .setPathway(Site.FIRST_PATHWAY)
                                  .build()))
              .code());
      site.requireHealthy();
      assertEquals(1, site.ledger().reservations().size(), "only the positive control's own");
    }
  }

  private static CreateReservationRequest wish(Site site) {
    return CreateReservationRequest.newBuilder()
        .setParent(Site.FIRST_TENANT)
        .setReservation(site.wish())
        .build();
  }
}
