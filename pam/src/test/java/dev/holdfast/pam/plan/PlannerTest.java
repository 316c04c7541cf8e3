package dev.holdfast.pam.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.Samples;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.plan.Snapshot.NodeRoom;
import dev.holdfast.pam.plan.Snapshot.PathwayStanding;
import dev.holdfast.pam.plan.Snapshot.TenantRoom;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlannerTest {
  private static final Instant NOW = Samples.NOON;
  private static final ResourceVector QUOTA =
      ResourceVector.of(
          Map.of(
              Resource.CPU_MILLICORES, 20_000L,
              Resource.MEMORY_BYTES, 20_000L,
              Resource.NETWORK_BYTES_PER_SECOND, 20_000L,
              Resource.STORAGE_BYTES, 20_000L));

  private static CurrentChain live(Pathway pathway) {
    return CurrentChain.affirming(new ChainName(pathway.name(), "c1"), NOW.plusSeconds(60));
  }

  private static Snapshot snapshot(ResourceVector capacity, PathwayStanding... standings) {
    Map<NodeName, NodeRoom> nodes = new HashMap<>();
    for (PathwayStanding standing : standings) {
      for (Hop hop : standing.pathway().hops()) {
        nodes.put(hop.node(), new NodeRoom(hop.role(), capacity, ResourceVector.ZERO));
      }
    }
    return new Snapshot(
        nodes,
        List.of(standings),
        Map.of(Samples.ACME, new TenantRoom(QUOTA, ResourceVector.ZERO)));
  }

  private static PathwayStanding standing(Pathway pathway) {
    return new PathwayStanding(pathway, Optional.empty(), Optional.of(live(pathway)));
  }

  private static Planner.Request request(ResourceVector amount) {
    return new Planner.Request(Samples.ACME, Samples.EDGE, amount);
  }

  private static ResourceVector cpu(long amount) {
    return ResourceVector.of(Resource.CPU_MILLICORES, amount);
  }

  private static Problem refused(Snapshot snapshot, ResourceVector amount) {
    return assertInstanceOf(
            Decision.Refuse.class, Planner.place(snapshot, request(amount), NOW))
        .problem();
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53, 54, 55})
  void noNodeAndNoQuotaIsEverOvercommitted(long seed) {
    RandomGenerator random = Samples.random(seed);
    List<PathwayStanding> standings = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      standings.add(standing(Samples.pathway("p" + i, "hv" + random.nextInt(3))));
    }
    Snapshot snapshot =
        snapshot(QUOTA.scale(0.3), standings.toArray(PathwayStanding[]::new));
    int admitted = 0;
    int turned = 0;
    for (int i = 0; i < 200; i++) {
      ResourceVector amount =
          ResourceVector.of(
              Map.of(
                  Resource.CPU_MILLICORES, 1 + random.nextLong(1500),
                  Resource.MEMORY_BYTES, random.nextLong(1500),
                  Resource.NETWORK_BYTES_PER_SECOND, random.nextLong(300),
                  Resource.STORAGE_BYTES, random.nextLong(300)));
      switch (Planner.place(snapshot, request(amount), NOW)) {
        case Decision.Admit admit -> {
          admitted++;
          Pathway pathway =
              standings.stream()
                  .map(PathwayStanding::pathway)
                  .filter(one -> one.name().equals(admit.hold().pathway()))
                  .findFirst()
                  .orElseThrow();
          snapshot = snapshot.plus(Samples.ACME, pathway, admit.hold().amount());
        }
        case Decision.Refuse _ -> turned++;
      }
      for (NodeRoom room : snapshot.nodes().values()) {
        assertTrue(room.held().fitsWithin(room.capacity()), "seed " + seed + ", turn " + i);
      }
      for (TenantRoom room : snapshot.tenants().values()) {
        assertTrue(room.held().fitsWithin(room.quota()), "seed " + seed + ", turn " + i);
      }
    }
    assertTrue(admitted > 5 && turned > 5, "seed " + seed + ": " + admitted + ", " + turned);
  }

  @Test
  void thePathwayThatKeepsMostRoomIsChosen() {
    Pathway one = Samples.pathway("p1", "hv1");
    Pathway two = Samples.pathway("p2", "hv2");
    Snapshot snapshot =
        snapshot(QUOTA, standing(one), standing(two)).plus(Samples.ACME, one, cpu(100));
    Decision.Admit admit =
        assertInstanceOf(
            Decision.Admit.class, Planner.place(snapshot, request(cpu(100)), NOW));
    assertEquals(two.name(), admit.hold().pathway());
    assertEquals(1, admit.hold().generation());
  }

  @Test
  void aRefusalNamesNodeResourceAskedAndFree() {
    Pathway pathway = Samples.pathway("p1", "hv1");
    Snapshot snapshot =
        snapshot(cpu(1000), standing(pathway)).plus(Samples.ACME, pathway, cpu(400));
    assertEquals(
        new Problem.Capacity(
            new NodeName("edge", "hv1"), Resource.CPU_MILLICORES, 601, 600),
        refused(snapshot, cpu(601)));
    assertEquals("QUOTA", refused(snapshot, cpu(20_001)).reason());
  }

  @Test
  void whatNoNodeOfAPathwayAllotsIsRefused() {
    Pathway pathway =
        new Pathway(
            Samples.PATH,
            List.of(
                Samples.pathway("p1", "hv1").hops().getFirst(),
                Samples.pathway("p1", "hv1").hops().getLast()));
    ResourceVector network = ResourceVector.of(Resource.NETWORK_BYTES_PER_SECOND, 1);
    Problem.Capacity problem =
        assertInstanceOf(
            Problem.Capacity.class, refused(snapshot(QUOTA, standing(pathway)), network));
    assertEquals(0, problem.free());
  }

  @Test
  void onlyALiveChainIsBuiltOn() {
    Pathway pathway = Samples.pathway("p1", "hv1");
    ChainName name = new ChainName(pathway.name(), "c1");
    Optional<CurrentChain> expired = Optional.of(CurrentChain.affirming(name, NOW));
    Finding finding = Finding.against(Reason.CHAIN_INCOMPLETE, "The switch is missing.");
    Optional<CurrentChain> bad =
        Optional.of(
            new CurrentChain(
                name, Verdict.CONTRAINDICATED, List.of(finding), NOW.plusSeconds(9)));
    for (Optional<CurrentChain> chain : List.of(expired, Optional.<CurrentChain>empty())) {
      Snapshot snapshot = snapshot(QUOTA, new PathwayStanding(pathway, Optional.empty(), chain));
      assertEquals("ATTESTATION_EXPIRED", refused(snapshot, cpu(1)).reason());
    }
    Problem problem =
        refused(snapshot(QUOTA, new PathwayStanding(pathway, Optional.empty(), bad)), cpu(1));
    assertEquals("CHAIN_INCOMPLETE", problem.reason());
    assertEquals(Problem.Kind.FAILED_PRECONDITION, problem.kind());
  }

  @Test
  void anotherZoneAndAnotherTenantsPathwayDoNotServe() {
    Pathway pathway = Samples.pathway("p1", "hv1");
    Snapshot foreign =
        snapshot(
            QUOTA,
            new PathwayStanding(
                pathway,
                Optional.of(new TenantName("other")),
                Optional.of(live(pathway))));
    assertEquals("NOT_FOUND", refused(foreign, cpu(1)).reason());
    Planner.Request elsewhere =
        new Planner.Request(Samples.ACME, new TrustZoneName("core"), cpu(1));
    assertInstanceOf(
        Decision.Refuse.class,
        Planner.place(snapshot(QUOTA, standing(pathway)), elsewhere, NOW));
  }

  @Test
  void aHoldGrowsIntoWhatIsFreeAndShrinksAlways() {
    Pathway pathway = Samples.pathway("p1", "hv1");
    Snapshot snapshot =
        snapshot(cpu(1000), standing(pathway)).plus(Samples.ACME, pathway, cpu(600));
    Hold hold = Hold.of(cpu(600), live(pathway).name());
    assertInstanceOf(
        Decision.Admit.class, Planner.resize(snapshot, Samples.ACME, hold, cpu(1000), NOW));
    assertInstanceOf(
        Decision.Refuse.class, Planner.resize(snapshot, Samples.ACME, hold, cpu(1001), NOW));
    Instant late = NOW.plusSeconds(60);
    assertInstanceOf(
        Decision.Refuse.class, Planner.resize(snapshot, Samples.ACME, hold, cpu(601), late));
    assertInstanceOf(
        Decision.Admit.class, Planner.resize(snapshot, Samples.ACME, hold, cpu(1), late));
  }

  @Test
  void aReservationIsMadeAheadOfTheNextRunAndOnlyOnce() {
    Profile profile =
        Profiles.runStarted(
            Profile.empty(Samples.KEY),
            Samples.run("r1", NOW.minusSeconds(10), Optional.of(NOW)));
    AllocationRules rules = AllocationRules.of(Samples.SMALL);
    Forecast forecast =
        Forecaster.byDefault(
            Samples.KEY, Samples.SMALL, Horizon.of(NOW, Duration.ofMinutes(1)), NOW);
    Map<ProfileKey, Forecast> forecasts =
        Map.of(Samples.KEY, forecast);
    // The run that is over had its own reservation.
    Hold hold = Hold.of(Samples.SMALL, Samples.CHAIN);
    Reservation used = Samples.reservation("r1", new ReservationState.Active(hold));
    List<Proposal> proposals =
        Planner.ahead(List.of(profile), forecasts, List.of(used), rules, NOW);
    assertEquals(1, proposals.size());
    Proposal proposal = proposals.getFirst();
    assertEquals(Samples.SMALL, proposal.amount());
    assertEquals(Samples.WORKLOAD, proposal.workload());
    assertEquals(NOW, proposal.interval().start());
    Reservation ahead =
        Samples.reservation("r2", new ReservationState.Pending(Optional.empty()));
    assertEquals(
        List.of(),
        Planner.ahead(List.of(profile), forecasts, List.of(used, ahead), rules, NOW));
    assertEquals(
        List.of(), Planner.ahead(List.of(profile), Map.of(), List.of(used), rules, NOW));
  }

  @Test
  void nothingIsReservedLongBeforeItIsExpected() {
    Profile profile = Profile.empty(Samples.KEY);
    for (int i = 0; i < 3; i++) {
      Instant start = NOW.plus(Duration.ofHours(i - 3));
      profile =
          Profiles.runStarted(
              profile, Samples.run("r" + i, start, Optional.of(start.plusSeconds(5))));
    }
    AllocationRules rules = AllocationRules.of(Samples.SMALL);
    Forecast forecast =
        Forecaster.byDefault(
            Samples.KEY, Samples.SMALL, Horizon.of(NOW, Duration.ofMinutes(1)), NOW);
    var forecasts = Map.of(Samples.KEY, forecast);
    Instant early = NOW.minus(Duration.ofMinutes(50));
    assertEquals(List.of(), Planner.ahead(List.of(profile), forecasts, List.of(), rules, early));
    assertEquals(
        1, Planner.ahead(List.of(profile), forecasts, List.of(), rules, NOW).size());
  }
}
