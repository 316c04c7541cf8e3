package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.journal.Event;
import dev.holdfast.store.ledger.LedgerSnapshot;
import io.grpc.Status.Code;

/** What must follow whenever a node of a healthy site answers a challenge in a bad manner. */
final class Distrust {
  private final Site site;

  Distrust(Site site) {
    this.site = site;
  }

  /**
   * Lets a node answer badly when its pathway is attested, and looks at all that must follow: the
   * verdict carries the reason, whoever rests on the evidence is refused for it, nothing is written
   * or sent, and once the node is honest again the site does what it is for.
   */
  void follows(String node, Manner bad, Code code, String reason) {
    PaperSession session = site.session(node);
    int told = site.told();
    int reservations = site.ledger().reservations().size();
    session.behave(bad);
    int heard = site.events().count();
    try {
      Refused.by(() -> site.attest(Site.FIRST_PATHWAY)).with(code, reason);
      site.events()
          .await(heard, Event.Rejected.class, rejected -> rejected.reason().equals(reason));
      contraindicated(session.appraisal(), reason);
      nothingChanged(node, told, reservations);
      session.behave(bad);
      Refused.by(() -> site.reserve(site.wish())).with(code, reason);
      contraindicated(session.appraisal(), reason);
      nothingChanged(node, told, reservations);
    } finally {
      session.behave(Manner.HONEST);
    }
    site.requireHealthy();
    assertEquals(Node.State.STATE_TRUSTED, site.state(node));
  }

  /**
   * Lets a node enrol that must be refused, and looks at all that must follow: it is heard of, the
   * node has no identity, and nothing is written or sent.
   */
  static Refused enrolling(Site site, PaperNode node) {
    int heard = site.events().count();
    int told = site.told();
    int reservations = site.ledger().reservations().size();
    Refused refused =
        Refused.by(() -> node.enrol(site.enrolment(), site.token(node.name()), Manner.HONEST));
    site.events()
        .await(heard, Event.Rejected.class, event -> event.reason().equals(refused.reason()));
    Node stored =
        site.operator()
            .topology()
            .getNode(GetNodeRequest.newBuilder().setName(node.name()).build());
    assertEquals(Node.State.STATE_CREATED, stored.getState());
    assertTrue(stored.getHardwareDigest().isEmpty());
    assertEquals(reservations, site.ledger().reservations().size());
    assertEquals(told, site.told());
    return refused;
  }

  static void contraindicated(Appraisal appraisal, String reason) {
    assertEquals(Verdict.VERDICT_CONTRAINDICATED, appraisal.getVerdict());
    assertTrue(
        appraisal.getFindingsList().stream()
            .anyMatch(finding -> finding.getReason().equals(reason)),
        () -> "no " + reason + " among " + appraisal.getFindingsList());
  }

  private void nothingChanged(String node, int told, int reservations) {
    assertEquals(Node.State.STATE_UNTRUSTED, site.state(node), "the node's state");
    LedgerSnapshot seen = site.ledger();
    assertEquals(reservations, seen.reservations().size(), "reservations");
    assertEquals(told, site.told(), "allocations sent");
    assertTrue(
        seen.heldByTenant().values().stream().allMatch(held -> held.amount().isZero()),
        "nothing is held");
  }
}
