package dev.holdfast.pam.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationEvent;
import dev.holdfast.pam.reservation.ReservationState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GrantsTest {
  private static final NodeName NODE = new NodeName("edge", "p1-enclave");
  private static final GrantRules RULES = new GrantRules(Duration.ofMinutes(1), 0.5);
  private static final CurrentChain CHAIN =
      CurrentChain.affirming(Samples.CHAIN, Samples.NOON.plusSeconds(3600));

  private static Reservation active() {
    return Samples.reservation(
        "r1", new ReservationState.Active(Hold.of(Samples.SMALL, Samples.CHAIN)));
  }

  private static Grants.Request asked(String id, Optional<ResourceVector> wanted) {
    return new Grants.Request(new GrantName(Samples.name("r1"), id), NODE, wanted);
  }

  private static Grant issued(Grants.Outcome outcome) {
    return assertInstanceOf(Grants.Issued.class, outcome).grant();
  }

  private static Problem refused(Grants.Outcome outcome) {
    return assertInstanceOf(Grants.Refused.class, outcome).problem();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void liveGrantsTogetherNeverExceedTheHold(long seed) {
    RandomGenerator random = Samples.random(seed);
    Reservation reservation = active();
    List<Grant> grants = new ArrayList<>();
    Instant now = Samples.NOON;
    for (int turn = 0; turn < 400; turn++) {
      now = now.plusMillis(random.nextInt(20_000));
      CurrentChain chain =
          CurrentChain.affirming(Samples.CHAIN, now.plusSeconds(random.nextInt(120)));
      Optional<ResourceVector> wanted =
          random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(ResourceVector.of(Resource.CPU_MILLICORES, 1 + random.nextLong(300)));
      Grants.Outcome outcome =
          random.nextBoolean()
              ? Grants.issue(reservation, grants, asked("g" + turn, wanted), chain, RULES, now)
              : Grants.renew(
                  reservation,
                  grants,
                  asked("g" + random.nextInt(turn + 1), wanted),
                  chain,
                  RULES,
                  now);
      if (outcome instanceof Grants.Issued done) {
        Grant grant = done.grant();
        grants.removeIf(old -> old.name().equals(grant.name()));
        grants.add(grant);
        assertFalse(grant.safeUntil().isAfter(chain.expiresAt()), "seed " + seed);
        assertFalse(grant.safeLifetime().compareTo(RULES.lifetime()) > 0, "seed " + seed);
        assertTrue(grant.safeLimits().fitsWithin(grant.limits()), "seed " + seed);
      }
      ResourceVector sum = ResourceVector.ZERO;
      for (Grant grant : grants) {
        sum = grant.live(now) ? sum.plus(grant.limits()) : sum;
      }
      assertTrue(sum.fitsWithin(Samples.SMALL), "seed " + seed + ", turn " + turn);
    }
    assertTrue(grants.size() > 20, "seed " + seed + " issued too few to say anything");
  }

  @Test
  void aGrantEndsWithItsChain() {
    CurrentChain chain = CurrentChain.affirming(Samples.CHAIN, Samples.NOON.plusSeconds(9));
    Grant grant =
        issued(
            Grants.issue(
                active(), List.of(), asked("g", Optional.empty()), chain, RULES, Samples.NOON));
    assertEquals(Duration.ofSeconds(9), grant.lifetime());
    assertEquals(chain.expiresAt(), grant.expiresAt());
    assertEquals(Samples.SMALL, grant.limits());
    assertEquals(Samples.SMALL.scale(0.5), grant.safeLimits());
  }

  private static Duration safeLifetime(long chainSeconds, GrantRules rules) {
    CurrentChain chain =
        CurrentChain.affirming(Samples.CHAIN, Samples.NOON.plusSeconds(chainSeconds));
    Grants.Request asked = asked("g", Optional.empty());
    Grant first = issued(Grants.issue(active(), List.of(), asked, chain, rules, Samples.NOON));
    Grant second =
        issued(Grants.renew(active(), List.of(first), asked, chain, rules, Samples.NOON));
    assertEquals(first.safeLifetime(), second.safeLifetime(), "a renewal follows the same rule");
    assertFalse(first.safeUntil().isAfter(chain.expiresAt()));
    return first.safeLifetime();
  }

  @Test
  void safeLimitsLastALifetimeAndNeverBeyondTheChain() {
    assertEquals(Duration.ofSeconds(60), safeLifetime(3600, RULES));
    assertEquals(Duration.ofSeconds(60), safeLifetime(120, RULES));
    assertEquals(Duration.ofSeconds(17), safeLifetime(77, RULES));
    assertEquals(Duration.ZERO, safeLifetime(60, RULES));
    assertEquals(Duration.ZERO, safeLifetime(9, RULES));
  }

  @Test
  void whoAsksAgainIsToldWhatIsLeft() {
    Grant grant =
        issued(
            Grants.issue(
                active(), List.of(), asked("g", Optional.empty()), CHAIN, RULES, Samples.NOON));
    assertEquals(grant, grant.leftAt(Samples.NOON));
    assertEquals(grant, grant.leftAt(Samples.NOON.minusSeconds(1)));
    Instant later = Samples.NOON.plusSeconds(50);
    Grant left = grant.leftAt(later);
    assertEquals(Duration.ofSeconds(10), left.lifetime());
    assertEquals(grant.expiresAt(), later.plus(left.lifetime()));
    assertEquals(grant.safeUntil(), left.safeUntil());
    assertEquals(grant.generation(), left.generation());
  }

  @Test
  void withoutSafeLimitsThereIsNoSafeTime() {
    assertEquals(Duration.ZERO, safeLifetime(3600, GrantRules.DEFAULT));
  }

  @Test
  void anExpiredOrContraindicatedChainGivesNoGrant() {
    CurrentChain expired = CurrentChain.affirming(Samples.CHAIN, Samples.NOON);
    Grants.Request asked = asked("g", Optional.empty());
    assertInstanceOf(
        Problem.AttestationExpired.class,
        refused(Grants.issue(active(), List.of(), asked, expired, RULES, Samples.NOON)));
    CurrentChain bad =
        new CurrentChain(
            Samples.CHAIN,
            Verdict.CONTRAINDICATED,
            List.of(Finding.against(Reason.TPM_PCR_MISMATCH, "PCR 7 changed.")),
            CHAIN.expiresAt());
    Problem problem = refused(Grants.issue(active(), List.of(), asked, bad, RULES, Samples.NOON));
    assertEquals("TPM_PCR_MISMATCH", problem.reason());
    assertEquals(Problem.Kind.PERMISSION_DENIED, problem.kind());
  }

  @Test
  void aLateRenewalDoesNotRaiseTheDead() {
    Grant grant =
        issued(
            Grants.issue(
                active(), List.of(), asked("g", Optional.empty()), CHAIN, RULES, Samples.NOON));
    Grants.Outcome late =
        Grants.renew(
            active(),
            List.of(grant),
            asked("g", Optional.empty()),
            CHAIN,
            RULES,
            grant.expiresAt());
    assertEquals("LEASE_EXPIRED", refused(late).reason());
    assertEquals(Problem.Kind.FAILED_PRECONDITION, refused(late).kind());
  }

  @Test
  void aRenewalFollowsAHoldThatShrankAndDoesNotGrowWhileNodesAreToldOfIt() {
    Grant grant =
        issued(
            Grants.issue(
                active(), List.of(), asked("g", Optional.empty()), CHAIN, RULES, Samples.NOON));
    for (double factor : new double[] {0.5, 2}) {
      Reservation resized =
          active().after(new ReservationEvent.Resized(Samples.SMALL.scale(factor)), Samples.NOON);
      Grant renewed =
          issued(
              Grants.renew(
                  resized,
                  List.of(grant),
                  asked("g", Optional.of(Samples.SMALL.scale(2))),
                  CHAIN,
                  RULES,
                  Samples.NOON));
      assertEquals(Samples.SMALL.scale(Math.min(1, factor)), renewed.limits());
      assertEquals(2, renewed.generation());
    }
  }

  @Test
  void aSuspendedReservationIssuesAndRenewsNothing() {
    Grant grant =
        issued(
            Grants.issue(
                active(), List.of(), asked("g", Optional.empty()), CHAIN, RULES, Samples.NOON));
    Reservation suspended =
        active().after(new ReservationEvent.TrustLost(Samples.cause()), Samples.NOON);
    Grants.Request other = asked("h", Optional.empty());
    assertEquals(
        "ILLEGAL_STATE",
        refused(Grants.issue(suspended, List.of(), other, CHAIN, RULES, Samples.NOON)).reason());
    Grants.Request same = asked("g", Optional.empty());
    assertEquals(
        "ILLEGAL_STATE",
        refused(Grants.renew(suspended, List.of(grant), same, CHAIN, RULES, Samples.NOON))
            .reason());
  }
}
