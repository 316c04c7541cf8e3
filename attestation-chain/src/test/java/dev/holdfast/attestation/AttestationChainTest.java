package dev.holdfast.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttestationChainTest {
  private static final Hop SWITCH = Samples.PATHWAY.hops().get(1);

  private static List<Appraisal> with(Appraisal other) {
    List<Appraisal> appraisals = new ArrayList<>(Samples.appraisals());
    appraisals.set(1, other);
    return appraisals;
  }

  private static List<Reason> reasons(AttestationChain chain) {
    return chain.findings().stream().map(Finding::reason).toList();
  }

  private static void refused(AttestationChain chain, Reason... reasons) {
    assertEquals(List.of(reasons), reasons(chain));
    assertEquals(Verdict.CONTRAINDICATED, chain.verdict());
    assertFalse(chain.trustedAt(Samples.NOW));
  }

  @Test
  void aWholeChainOfGoodLinksIsTrustedUntilItsFirstLinkExpires() {
    Instant end = Samples.NOW.plusSeconds(60);
    AttestationChain chain = Samples.chain(with(Samples.appraisal(SWITCH, Samples.NOW, end)));
    assertEquals(Verdict.AFFIRMING, chain.verdict());
    assertEquals(Optional.of(end), chain.expiresAt());
    assertTrue(chain.trustedAt(end.minusMillis(1)));
    assertFalse(chain.trustedAt(end));
  }

  @Test
  void aChainIsNoStrongerThanItsWeakestLink() {
    Finding warning = Finding.warning(Reason.EVIDENCE_STALE, "soon");
    AttestationChain warned = Samples.chain(with(Samples.appraisal(SWITCH, warning)));
    assertEquals(Verdict.WARNING, warned.verdict());
    assertTrue(warned.trustedAt(Samples.NOW), "the policy accepts a warning for switches");
    Finding against = Finding.against(Reason.TPM_PCR_MISMATCH, "changed");
    AttestationChain bad = Samples.chain(with(Samples.appraisal(SWITCH, against, warning)));
    assertEquals(Verdict.CONTRAINDICATED, bad.verdict());
    assertFalse(bad.trustedAt(Samples.NOW));
  }

  @Test
  void aWarningIsRefusedWhereThePolicyAffirmsOnly() {
    List<Appraisal> appraisals = new ArrayList<>(Samples.appraisals());
    Finding warning = Finding.warning(Reason.EVIDENCE_STALE, "soon");
    appraisals.set(0, Samples.appraisal(Samples.PATHWAY.hops().get(0), warning));
    refused(Samples.chain(appraisals), Reason.VERDICT_LIMIT);
  }

  @Test
  void theDigestsAreThoseOfTheWire() {
    AttestationChain chain = Samples.chain(Samples.appraisals());
    Bytes previous =
        Sha256.of(
            Bytes.utf8("holdfast/chain/v1"),
            Samples.EPOCH.value(),
            Sha256.of("trustZones/z1/pathways/p1"));
    for (Link link : chain.links()) {
      assertEquals(previous, link.previousDigest());
      Appraisal appraisal = link.appraisal();
      long seconds = appraisal.expiresAt().getEpochSecond();
      previous =
          Sha256.of(
              Bytes.utf8("holdfast/link/v1"),
              previous,
              Bytes.of((byte) appraisal.role().number()),
              Sha256.of(appraisal.node().toString()),
              appraisal.evidenceDigest(),
              Sha256.of("policies/edge@12"),
              Bytes.of((byte) 1),
              Bytes.of(ByteBuffer.allocate(8).putLong(seconds).array()));
      assertEquals(previous, link.digest());
    }
  }

  @Test
  void theOrderOfArrivalDoesNotMatter() {
    List<Appraisal> shuffled = new ArrayList<>(Samples.appraisals());
    Collections.reverse(shuffled);
    assertEquals(Samples.chain(Samples.appraisals()).links(), Samples.chain(shuffled).links());
  }

  @Test
  void everythingInALinkChangesAllLinksBehindIt() {
    Bytes last = Samples.chain(Samples.appraisals()).links().getLast().digest();
    Appraisal later = Samples.appraisal(SWITCH, Samples.NOW, Samples.NOW.plusSeconds(601));
    assertNotEquals(last, Samples.chain(with(later)).links().getLast().digest());
    Appraisal warned = Samples.appraisal(SWITCH, Finding.warning(Reason.EVIDENCE_STALE, "soon"));
    assertNotEquals(last, Samples.chain(with(warned)).links().getLast().digest());
  }

  @Test
  void aMissingHopLeavesTheChainIncomplete() {
    AttestationChain chain = Samples.chain(Samples.appraisals().subList(0, 3));
    refused(chain, Reason.CHAIN_INCOMPLETE);
    assertEquals(3, chain.links().size());
  }

  @Test
  void aRoleThatThePolicyAsksForMustBeThere() {
    ChainRules rules =
        new ChainRules(Map.of(Role.ORCHESTRATOR, Verdict.AFFIRMING), java.time.Duration.ZERO);
    AttestationChain chain =
        AttestationChain.of(
            Samples.PATHWAY, Samples.EPOCH, Samples.appraisals(), rules, Samples.NOW);
    refused(chain, Reason.CHAIN_INCOMPLETE);
  }

  @Test
  void anAppraisalOfAnotherRoundOrPathwayIsASplice() {
    Epoch other = new Epoch(Sha256.of("another epoch"));
    Appraisal good = Samples.appraisal(SWITCH);
    Appraisal foreign =
        new Appraisal(
            good.node(),
            good.role(),
            List.of(),
            good.evidenceDigest(),
            good.policy(),
            good.appraisedAt(),
            good.expiresAt(),
            List.of(),
            Optional.of(other.nonceFor(good.role(), good.node())));
    refused(Samples.chain(with(foreign)), Reason.CHAIN_SPLICE);
    List<Appraisal> more = new ArrayList<>(Samples.appraisals());
    more.add(Samples.appraisal(new Hop(Role.SWITCH, Samples.node("sw-4"))));
    refused(Samples.chain(more), Reason.CHAIN_SPLICE);
  }

  @Test
  void aNodeAppraisedTwiceOrForAnotherRoleIsOutOfOrder() {
    List<Appraisal> twice = new ArrayList<>(Samples.appraisals());
    twice.add(Samples.appraisal(SWITCH));
    refused(Samples.chain(twice), Reason.CHAIN_ORDER);
    Appraisal other = Samples.appraisal(new Hop(Role.HYPERVISOR, SWITCH.node()));
    refused(Samples.chain(with(other)), Reason.CHAIN_ORDER, Reason.CHAIN_SPLICE);
  }

  @Test
  void evidenceThatHasExpiredIsStale() {
    Appraisal old = Samples.appraisal(SWITCH, Samples.NOW.minusSeconds(600), Samples.NOW);
    refused(Samples.chain(with(old)), Reason.EVIDENCE_STALE);
  }

  @Test
  void evidenceFromTheFutureIsRefusedBeyondTheSkew() {
    Instant skew = Samples.NOW.plusSeconds(30);
    Appraisal near = Samples.appraisal(SWITCH, skew, skew.plusSeconds(600));
    assertEquals(List.of(), reasons(Samples.chain(with(near))));
    Appraisal far = Samples.appraisal(SWITCH, skew.plusMillis(1), skew.plusSeconds(600));
    refused(Samples.chain(with(far)), Reason.CLOCK_SKEW);
  }

  @Test
  void aPathwayOutOfOrderDoesNotExist() {
    List<Hop> good = Samples.PATHWAY.hops();
    List<Hop> reversed = new ArrayList<>(good);
    Collections.reverse(reversed);
    List<Hop> twice = List.of(good.get(0), good.get(1), good.get(1), good.get(3));
    List<Hop> two = List.of(good.get(3), new Hop(Role.ENCLAVE, Samples.node("en-8")));
    List<Hop> foreign = List.of(good.get(0), new Hop(Role.ENCLAVE, new NodeName("z2", "en-8")));
    List<Hop> many = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      many.add(new Hop(Role.SWITCH, Samples.node("sw-" + i)));
    }
    many.add(good.get(3));
    for (List<Hop> hops :
        List.of(
            reversed,
            twice,
            two,
            foreign,
            many,
            good.subList(0, 3),
            good.subList(3, 4),
            List.<Hop>of())) {
      ChainOrderException thrown =
          assertThrows(ChainOrderException.class, () -> new Pathway(Samples.NAME, hops));
      assertTrue(thrown.findings().stream().allMatch(f -> f.reason() == Reason.CHAIN_ORDER));
    }
  }
}
