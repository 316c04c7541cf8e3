package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.ONE;
import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.plan.Snapshot;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyTest {
  @TempDir Path folder;
  private KeyValueStore store;
  private Ledger ledger;

  @BeforeEach
  void openLedger() {
    store = EmbeddedStore.open(folder.resolve("ledger.db"), new ManualClock(START));
    ledger = new Ledger(store, Site.KEYS, new ManualClock(START));
    ledger.becomeLeader("x:1");
    Site.build(ledger);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static NodeIdentity identity(int number) {
    return new NodeIdentity(Site.digest(number), Bytes.utf8("ek" + number), Bytes.utf8("ak"));
  }

  @Test
  void whoCountedAllAlongSeesWhatOneSeesWhoCountsAnew() {
    var held = List.of(Site.reserve(ledger, "r1", 4000, 1), Site.reserve(ledger, "r2", 3000, 1));
    for (Stored<Reservation> one : held) {
      assertSeenAsAnew();
      Reservation ends =
          ledger.reservations().release(one.value().name(), Site.cause("RELEASED")).value();
      ledger.reservations().releaseDone(ends.name(), Site.hold(ends).generation());
    }
    assertSeenAsAnew();
    assertEquals(Map.of(), ledger.snapshot().heldOnNode());
  }

  private void assertSeenAsAnew() {
    LedgerSnapshot anew = new Ledger(store, Site.KEYS, new ManualClock(START)).snapshot();
    assertEquals(anew.heldOnNode(), ledger.snapshot().heldOnNode());
    assertEquals(anew.heldByTenant(), ledger.snapshot().heldByTenant());
  }

  @Test
  void anIdentityIsGivenOnce() {
    NodeRecord enrolled = ledger.nodes().enrol(node("h1"), identity(1), "01").value();
    assertEquals(NodeState.UNTRUSTED, enrolled.state());
    Problem problem = Site.refused(() -> ledger.nodes().enrol(node("h1"), identity(2), "02"));
    assertEquals("IDENTITY_IMMUTABLE", problem.reason());
    assertEquals(Problem.Kind.ALREADY_EXISTS, problem.kind());
    assertEquals(enrolled, ledger.nodes().get(node("h1")).orElseThrow().value());
    assertEquals(
        "03", ledger.nodes().enrol(node("h1"), identity(1), "03").value().certificateSerial());
  }

  @Test
  void whatIsRevokedStaysSo() {
    ledger.nodes().enrol(node("h1"), identity(1), "01");
    ledger.nodes().revoke(node("h1"));
    assertRefused("ILLEGAL_STATE", () -> ledger.nodes().enrol(node("h1"), identity(1), "02"));
    assertEquals(
        NodeState.REVOKED,
        ledger.nodes().appraised(node("h1"), appraisal(1), true).value().state());
    assertRefused("ILLEGAL_STATE", () -> Site.reserve(ledger, "r1", 1, 1));
  }

  private static AppraisalRecord appraisal(int number) {
    return new AppraisalRecord(
        "a" + number,
        Verdict.AFFIRMING,
        START,
        START.plusSeconds(number),
        Bytes.utf8("appraisal " + number));
  }

  @Test
  void theNewestAppraisalsAreKept() {
    ledger.nodes().enrol(node("h1"), identity(1), "01");
    for (int i = 0; i < 12; i++) {
      ledger.nodes().appraised(node("h1"), appraisal(i), true);
    }
    List<AppraisalRecord> kept = ledger.nodes().appraisals(node("h1"));
    assertEquals(AppraisalRecord.KEPT, kept.size());
    assertEquals(appraisal(11), kept.getFirst());
    assertEquals(NodeState.TRUSTED, ledger.nodes().get(node("h1")).orElseThrow().value().state());
    assertEquals(NodeState.UNTRUSTED, ledger.nodes().distrust(node("h1")).value().state());
  }

  @Test
  void aJoinTokenAdmitsOneOfAllWhoTryAtOnce() throws Exception {
    var token = new JoinToken(Site.digest(7), node("h1"), START.plusSeconds(60), Optional.empty());
    ledger.nodes().createToken(token);
    var work = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 8; i++) {
      work.add(
          () -> {
            try {
              return ledger.nodes().useToken(token.hash(), node("h1"), START).equals(token);
            } catch (Refusal refusal) {
              assertEquals("JOIN_TOKEN_USED", refusal.problem().reason());
              return false;
            }
          });
    }
    int admitted = 0;
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> done : threads.invokeAll(work)) {
        admitted += done.get() ? 1 : 0;
      }
    }
    assertEquals(1, admitted);
  }

  @Test
  void aJoinTokenIsForItsNodeAndItsTime() {
    var token = new JoinToken(Site.digest(7), node("h1"), START.plusSeconds(60), Optional.empty());
    ledger.nodes().createToken(token);
    assertRefused(
        "JOIN_TOKEN_UNKNOWN", () -> ledger.nodes().useToken(token.hash(), node("h2"), START));
    assertRefused(
        "JOIN_TOKEN_UNKNOWN", () -> ledger.nodes().useToken(Site.digest(8), node("h1"), START));
    assertRefused(
        "JOIN_TOKEN_EXPIRED",
        () -> ledger.nodes().useToken(token.hash(), node("h1"), START.plusSeconds(60)));
  }

  @Test
  void whatIsInUseIsNotDeleted() {
    assertRefused("ILLEGAL_STATE", () -> ledger.nodes().delete(node("h1"), OptionalLong.empty()));
    var reserved = Site.reserve(ledger, "r1", 1, 1).value();
    assertRefused("ILLEGAL_STATE", () -> ledger.pathways().delete(ONE, OptionalLong.empty()));
    assertRefused(
        "ILLEGAL_STATE",
        () -> ledger.pathways().update(ONE, OptionalLong.empty(), Bytes.utf8("machine=b")));
    ledger.reservations().release(reserved.name(), Site.cause("RELEASED"));
    long generation =
        Site.hold(ledger.reservations().get(reserved.name()).orElseThrow().value()).generation();
    ledger.reservations().releaseDone(reserved.name(), generation);
    ledger.pathways().delete(ONE, OptionalLong.empty());
    ledger.nodes().delete(node("h1"), OptionalLong.empty());
    assertTrue(ledger.nodes().get(node("h1")).isEmpty());
    assertRefused("ILLEGAL_STATE", () -> ledger.nodes().delete(node("sw"), OptionalLong.empty()));
  }

  @Test
  void aPathwayThatChangesLosesItsChain() {
    ledger.pathways().update(ONE, OptionalLong.of(1), Bytes.utf8("machine=b"));
    assertEquals(ChainState.REVOKED, ledger.pathways().chain(ONE).orElseThrow().value().state());
    assertRefused(
        "STALE_ETAG",
        () -> ledger.pathways().update(ONE, OptionalLong.of(1), Bytes.utf8("machine=c")));
  }

  @Test
  void aNodeIsOnAPathwayInItsOwnRoleOnly() {
    ledger
        .nodes()
        .create(
            NodeRecord.created(
                node("st"), Role.STORAGE_CONTROLLER, Optional.empty(), Optional.empty()));
    assertRefused(
        "ILLEGAL_STATE",
        () ->
            ledger
                .pathways()
                .create(
                    Site.pathway(
                        new dev.holdfast.attestation.PathwayName("edge", "three"), "st", "e1"),
                    Bytes.EMPTY));
    assertRefused(
        "ALREADY_EXISTS",
        () -> ledger.pathways().create(Site.pathway(ONE, "h1", "e1"), Bytes.EMPTY));
  }

  @Test
  void settingsNeedTheEditionThatWasRead() {
    var closed = new Nodes.Settings(Optional.of(Site.amount(5, 0)), true);
    NodeRecord set = ledger.nodes().set(node("h1"), OptionalLong.of(1), closed).value();
    assertEquals(2, set.edition());
    assertEquals(Site.amount(5, 0), set.capacity());
    assertEquals(set, ledger.nodes().set(node("h1"), OptionalLong.of(1), closed).value());
    var open = new Nodes.Settings(Optional.empty(), false);
    assertRefused("STALE_ETAG", () -> ledger.nodes().set(node("h1"), OptionalLong.of(1), open));
    assertEquals(2, ledger.nodes().report(node("h1"), ResourceVector.ZERO).value().edition());
    assertRefused("ILLEGAL_STATE", () -> Site.reserve(ledger, "r1", 1, 1));
  }

  @Test
  void listsGoOnBehindAName() {
    Listing<NodeRecord> first = ledger.nodes().list(Optional.of("edge"), Optional.empty(), 2);
    assertEquals(List.of(node("e1"), node("e2")), names(first));
    assertTrue(first.more());
    Listing<NodeRecord> rest =
        ledger.nodes().list(Optional.of("edge"), Optional.of(node("e2")), 10);
    assertEquals(List.of(node("h1"), node("h2"), node("sw")), names(rest));
    assertTrue(ledger.nodes().list(Optional.of("none"), Optional.empty(), 2).rows().isEmpty());
  }

  private static List<dev.holdfast.attestation.NodeName> names(Listing<NodeRecord> listing) {
    return listing.rows().stream().map(row -> row.value().name()).toList();
  }

  @Test
  void acknowledgedUsageNeverGoesBack() {
    assertEquals(0, ledger.usageAcknowledged(node("h1")));
    assertEquals(9, ledger.acknowledgeUsage(node("h1"), 9));
    assertEquals(9, ledger.acknowledgeUsage(node("h1"), 4));
    assertEquals(9, ledger.usageAcknowledged(node("h1")));
  }

  @Test
  void thePlannerSeesWhatTheLedgerHolds() {
    Site.reserve(ledger, "r1", 4000, 700);
    ledger.pathways().revokeChain(Site.TWO);
    Snapshot seen = ledger.snapshot().planning(Map.of(Site.TENANT, Site.amount(9000, 9000)));
    assertEquals(
        Site.amount(6000, 0),
        Optional.ofNullable(seen.nodes().get(node("h1"))).orElseThrow().free());
    assertEquals(
        Site.amount(5000, 8300),
        Optional.ofNullable(seen.tenants().get(Site.TENANT)).orElseThrow().free());
    assertEquals(
        List.of(Optional.<String>empty(), Optional.of("CHAIN_REFUSED")),
        seen.pathways().stream()
            .map(standing -> standing.chain().orElseThrow().refusal(START).map(Problem::reason))
            .toList());
    ledger
        .nodes()
        .set(node("h1"), OptionalLong.empty(), new Nodes.Settings(Optional.empty(), true));
    assertEquals(1, ledger.snapshot().planning(Map.of()).pathways().size());
  }

  @Test
  void everyResourceNeedsANodeThatAllotsIt() {
    var disk = ResourceVector.of(Resource.STORAGE_BYTES, 1);
    assertRefused(
        "CAPACITY",
        () ->
            ledger
                .reservations()
                .reserve(Site.pending("r", disk), Site.on(Site.ONE, disk), Site.request(3)));
  }

  @Test
  void aQuotaIsForAllThatATenantHolds() {
    Site.reserve(ledger, "r1", 3000, 10);
    var admission =
        new Admission(Site.TWO, Site.amount(3000, 10), Optional.of(Site.amount(5000, 100_000)));
    assertRefused(
        "QUOTA",
        () ->
            ledger
                .reservations()
                .reserve(Site.pending("r2", Site.amount(3000, 10)), admission, Site.request(4)));
  }
}
