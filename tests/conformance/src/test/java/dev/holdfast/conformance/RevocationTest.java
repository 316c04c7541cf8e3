package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.GetAttestationChainRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.RevokeNodeRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.rpc.Limits;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trust that is withdrawn between check and use (C08). */
final class RevocationTest {
  /** So that a round lasts until the test lets it end. */
  private static final SiteOptions PATIENT =
      new SiteOptions(
          new Limits(
              SiteOptions.LIMITS.messageBytesMax(),
              SiteOptions.LIMITS.deadlineMax(),
              SiteOptions.LIMITS.deadlineLeast(),
              Duration.ofSeconds(20)),
          UnaryOperator.identity());

  @TempDir private Path directory = Path.of("");

  private static void revoke(Site site, String node) {
    Node revoked =
        site.operator()
            .topology()
            .revokeNode(
                RevokeNodeRequest.newBuilder().setName(node).setReason("it was stolen").build());
    assertEquals(Node.State.STATE_REVOKED, revoked.getState());
  }

  private static AttestationChain newest(Site site) {
    return site.operator()
        .attestation()
        .getAttestationChain(
            GetAttestationChainRequest.newBuilder()
                .setName(Site.FIRST_PATHWAY + "/attestationChains/-")
                .build());
  }

  @Test
  void c08_aHopThatIsRevokedWhileItsPathwayIsAttestedMakesNoChain() throws Exception {
    try (Site site = Site.healthy(directory, PATIENT)) {
      PaperSession switching = site.session(Site.SWITCH);
      PaperSession storage = site.session(Site.STORAGE);
      switching.behave(Manner.HONEST);
      storage.behave(Manner.SILENT);
      int heard = site.events().count();
      CompletableFuture<Refused> round =
          CompletableFuture.supplyAsync(() -> Refused.by(() -> site.attest(Site.FIRST_PATHWAY)));
      Challenge last = storage.unanswered();
      assertEquals(List.of(), switching.appraisal().getFindingsList());
      // The switch has answered well; only the storage controller's answer is still to come.
      revoke(site, Site.SWITCH);
      storage.behave(Manner.HONEST);
      storage.answer(site.node(Site.STORAGE).evidence(last, Manner.HONEST));
      Refused refused = round.get().with(Code.PERMISSION_DENIED, "HOP_REVOKED");
      assertTrue(refused.message().contains(Site.SWITCH), refused.message());
      site.events()
          .await(heard, Event.Rejected.class, event -> event.reason().equals("HOP_REVOKED"));
      assertEquals(AttestationChain.State.STATE_REVOKED, newest(site).getState());
      assertEquals("", newest(site).getAttestationResult());
      nothingIsHeld(site);
    }
  }

  @Test
  void c08_aHopThatIsRevokedWhileAReservationIsCommittedHoldsNothing() throws IOException {
    try (Site site = Site.healthy(directory)) {
      site.requireHealthy();
      int heard = site.events().count();
      site.clock().atDecision(() -> revoke(site, Site.STORAGE));
      Refused.by(() -> site.reserve(site.wish())).with(Code.PERMISSION_DENIED, "HOP_REVOKED");
      assertTrue(site.clock().turned(), "the node was revoked while it was decided");
      site.events()
          .await(heard, Event.Rejected.class, event -> event.reason().equals("HOP_REVOKED"));
      nothingIsHeld(site);
    }
  }

  /** Nor is anything held later, whoever asks and however often. */
  private static void nothingIsHeld(Site site) {
    int told = site.told();
    int reservations = site.ledger().reservations().size();
    for (int i = 0; i < 2; i++) {
      Refused.by(() -> site.reserve(site.wish())).with(Code.PERMISSION_DENIED, "HOP_REVOKED");
      Refused.by(() -> site.attest(Site.FIRST_PATHWAY)).with(Code.PERMISSION_DENIED, "HOP_REVOKED");
    }
    assertEquals(reservations, site.ledger().reservations().size());
    assertEquals(told, site.told());
    assertTrue(
        site.ledger().heldByTenant().values().stream().allMatch(held -> held.amount().isZero()));
  }

  @Test
  void whatIsHeldIsSuspendedOnceAHopIsRevokedAndTheHopStaysOut() throws IOException {
    try (Site site = Site.healthy(directory)) {
      Reservation held = site.reserveUntilActive(site.wish());
      int heard = site.events().count();
      PaperSession storage = site.session(Site.STORAGE);
      revoke(site, Site.STORAGE);
      site.events().await(heard, Event.Suspended.class, _ -> true);
      Reservation suspended = site.get(held.getName());
      assertEquals(Reservation.State.STATE_SUSPENDED, suspended.getState());
      assertEquals("HOP_REVOKED", suspended.getCause().getReason());
      storage.refused();
      PaperNode node = site.node(Site.STORAGE);
      PaperSession again = PaperSession.open(node, node.client(site.port(), site.root()));
      again.refused().with(Code.PERMISSION_DENIED, "REVOKED");
      again.close();
      Refused.by(() -> node.enrol(site.enrolment(), site.token(Site.STORAGE), Manner.HONEST))
          .with(Code.FAILED_PRECONDITION, "ILLEGAL_STATE");
      assertEquals(Node.State.STATE_REVOKED, site.state(Site.STORAGE));
    }
  }
}
