package dev.holdfast.store.ledger;

import static dev.holdfast.store.ledger.Site.ONE;
import static dev.holdfast.store.ledger.Site.START;
import static dev.holdfast.store.ledger.Site.TENANT;
import static dev.holdfast.store.ledger.Site.TWO;
import static dev.holdfast.store.ledger.Site.amount;
import static dev.holdfast.store.ledger.Site.assertInvariants;
import static dev.holdfast.store.ledger.Site.assertRefused;
import static dev.holdfast.store.ledger.Site.attest;
import static dev.holdfast.store.ledger.Site.cause;
import static dev.holdfast.store.ledger.Site.hold;
import static dev.holdfast.store.ledger.Site.on;
import static dev.holdfast.store.ledger.Site.pending;
import static dev.holdfast.store.ledger.Site.request;
import static dev.holdfast.store.ledger.Site.reserve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.grant.Grants;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState.Active;
import dev.holdfast.pam.reservation.ReservationState.Failed;
import dev.holdfast.pam.reservation.ReservationState.Pending;
import dev.holdfast.pam.reservation.ReservationState.Provisioning;
import dev.holdfast.pam.reservation.ReservationState.Released;
import dev.holdfast.pam.reservation.ReservationState.Releasing;
import dev.holdfast.pam.reservation.ReservationState.Suspended;
import dev.holdfast.store.kv.AlteredStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.ManualClock;
import dev.holdfast.store.ledger.Losses.Fate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ledger must do on every store: reservations, grants and the lead. */
abstract class LedgerContract {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  protected final ManualClock clock = new ManualClock(START);
  protected KeyValueStore store;
  protected Ledger ledger;

  /** Opens the store under test, as it was left. */
  protected abstract KeyValueStore open();

  /** Removes everything. */
  protected abstract void clear();

  @BeforeEach
  void openLedger() {
    clear();
    store = open();
    ledger = new Ledger(store, Site.KEYS, clock);
    ledger.becomeLeader("first:1");
    Site.build(ledger);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Reservation state(ReservationName name) {
    return ledger.reservations().get(name).orElseThrow().value();
  }

  private static ReservationName name(String id) {
    return new ReservationName(TENANT, id);
  }

  private long generation(String id) {
    return hold(state(name(id))).generation();
  }

  @Test
  void aReservationHoldsItsAmountOnEveryNodeThatAllotsIt() {
    Stored<Reservation> made = reserve(ledger, "r1", 4000, 700);
    assertInstanceOf(Provisioning.class, made.value().state());
    assertEquals(made, ledger.reservations().get(name("r1")).orElseThrow());
    assertEquals(amount(4000, 0), ledger.nodes().held(Site.node("h1")).amount());
    assertEquals(amount(0, 700), ledger.nodes().held(Site.node("sw")).amount());
    assertEquals(ResourceVector.ZERO, ledger.nodes().held(Site.node("e1")).amount());
    assertInvariants(ledger.snapshot(), "");
  }

  @Test
  void theSameRequestAgainReturnsWhatItMade() {
    Stored<Reservation> first = reserve(ledger, "r1", 4000, 700);
    Stored<Reservation> again = reserve(ledger, "r1", 4000, 700);
    assertEquals(first.value(), again.value());
    ledger.reservations().provisioned(name("r1"), 1);
    assertInstanceOf(Active.class, reserve(ledger, "r1", 4000, 700).value().state());
    assertEquals(1, ledger.snapshot().reservations().size());
  }

  @Test
  void aRequestIdIsNotForAnotherRequest() {
    reserve(ledger, "r1", 1000, 100);
    var other = new RequestKey(request("r1".hashCode()).id(), Site.digest(1));
    assertRefused(
        "REQUEST_ID_REUSED",
        () ->
            ledger
                .reservations()
                .reserve(pending("r2", amount(1, 1)), on(ONE, amount(1, 1)), other));
    assertRefused("REQUEST_ID_REUSED", () -> ledger.reservations().madeFor(other));
    clock.advance(RequestKey.REMEMBERED.plusSeconds(1));
    assertEquals(Optional.empty(), ledger.reservations().madeFor(other));
    attest(ledger, ONE, "c2", clock.instant().plus(Duration.ofHours(1)));
    ledger.reservations().reserve(pending("r2", amount(1, 1)), on(ONE, amount(1, 1)), other);
    assertEquals(
        "r2", ledger.reservations().madeFor(other).orElseThrow().value().name().reservation());
  }

  @Test
  void whatEndedIsForgottenOnceNobodyCanAskForItAgain() {
    reserve(ledger, "r1", 1000, 100);
    reserve(ledger, "r2", 1000, 100);
    ledger.reservations().release(name("r1"), cause("RELEASED"));
    ledger.reservations().releaseDone(name("r1"), generation("r1"));
    assertEquals(0, ledger.reservations().forgetEnded());
    clock.advance(Reservations.KEPT);
    assertEquals(1, ledger.reservations().forgetEnded());
    assertEquals(Optional.empty(), ledger.reservations().get(name("r1")));
    assertEquals(List.of(name("r2")), List.copyOf(ledger.snapshot().reservations().keySet()));
    assertEquals(ledger.snapshot(), new Ledger(store, Site.KEYS, clock).snapshot());
  }

  @Test
  void concurrentReservesNeverOverCommit() throws Exception {
    var work = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 24; i++) {
      String id = "r" + i;
      work.add(
          () -> {
            try {
              reserve(ledger, id, 1000, 10);
              return true;
            } catch (Refusal refusal) {
              assertEquals("CAPACITY", refusal.problem().reason());
              return false;
            }
          });
    }
    int made = 0;
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> done : threads.invokeAll(work)) {
        made += done.get() ? 1 : 0;
      }
    }
    assertEquals(10, made);
    assertInvariants(ledger.snapshot(), "");
  }

  @Test
  void aSharedSwitchIsNotSoldTwice() {
    reserve(ledger, "r1", 1000, 9000);
    ResourceVector amount = amount(1000, 9000);
    Problem problem =
        Site.refused(
            () ->
                ledger.reservations().reserve(pending("r2", amount), on(TWO, amount), request(2)));
    Problem.Capacity capacity = assertInstanceOf(Problem.Capacity.class, problem);
    assertEquals(Site.node("sw"), capacity.node());
    assertEquals(6000, capacity.free());
    assertEquals(Held.NOTHING, ledger.nodes().held(Site.node("h2")));
  }

  @Test
  void nothingIsHeldWithoutALiveChain() {
    clock.advance(Duration.ofHours(1));
    assertRefused("ATTESTATION_EXPIRED", () -> reserve(ledger, "r1", 1, 1));
    Site.attest(ledger, ONE, "c2", clock.instant().plusSeconds(60));
    assertEquals("c2", hold(reserve(ledger, "r1", 1, 1).value()).chain().chain());
    ledger.pathways().revokeChain(ONE);
    assertEquals(
        Problem.Kind.PERMISSION_DENIED, Site.refused(() -> reserve(ledger, "r2", 1, 1)).kind());
  }

  @Test
  void aReservationLivesItsWholeLife() {
    reserve(ledger, "r1", 4000, 700);
    assertInstanceOf(
        Provisioning.class, ledger.reservations().provisioned(name("r1"), 9).value().state());
    assertInstanceOf(
        Active.class, ledger.reservations().provisioned(name("r1"), 1).value().state());
    assertInstanceOf(
        Suspended.class,
        ledger.reservations().suspend(name("r1"), cause("PCR_CHANGED")).value().state());
    assertEquals(amount(4000, 0), ledger.nodes().held(Site.node("h1")).amount());
    Site.attest(ledger, ONE, "c2", START.plusSeconds(3000));
    Reservation restored = ledger.reservations().restore(name("r1")).value();
    assertInstanceOf(Provisioning.class, restored.state());
    assertEquals("c2", hold(restored).chain().chain());
    ledger.reservations().provisioned(name("r1"), generation("r1"));
    assertInstanceOf(
        Provisioning.class,
        ledger
            .reservations()
            .reclaimed(name("r1"), generation("r1"), cause("REBOOT"))
            .value()
            .state());
    assertInstanceOf(
        Releasing.class,
        ledger.reservations().release(name("r1"), cause("RELEASED")).value().state());
    assertEquals(1, ledger.nodes().held(Site.node("h1")).holds());
    assertInstanceOf(
        Releasing.class, ledger.reservations().releaseDone(name("r1"), 0).value().state());
    assertInstanceOf(
        Released.class,
        ledger.reservations().releaseDone(name("r1"), generation("r1")).value().state());
    assertEquals(0, ledger.nodes().held(Site.node("h1")).holds());
    assertInvariants(ledger.snapshot(), "");
  }

  @Test
  void capacityIsFreedExactlyOnce() {
    reserve(ledger, "r1", 4000, 700);
    reserve(ledger, "r2", 4000, 700);
    ledger.reservations().release(name("r1"), cause("RELEASED"));
    ledger.reservations().release(name("r1"), cause("RELEASED"));
    long generation = generation("r1");
    for (int i = 0; i < 3; i++) {
      ledger.reservations().releaseDone(name("r1"), generation);
      ledger.reservations().reclaimed(name("r1"), generation, cause("REBOOT"));
      ledger.reservations().release(name("r1"), cause("AGAIN"));
    }
    Released released = assertInstanceOf(Released.class, state(name("r1")).state());
    assertEquals("RELEASED", released.cause().reason());
    assertEquals(amount(4000, 0), ledger.nodes().held(Site.node("h1")).amount());
    assertInvariants(ledger.snapshot(), "");
  }

  @Test
  void whatWaitsHoldsNothingAndIsAdmittedOrRefused() {
    for (String id : List.of("r1", "r2")) {
      ledger.reservations().enqueue(pending(id, amount(1000, 10)), request(id.hashCode()));
      assertInstanceOf(Pending.class, state(name(id)).state());
    }
    assertEquals(Held.NOTHING, ledger.nodes().held(Site.node("h1")));
    Admission admission = on(ONE, amount(1000, 10));
    Reservation admitted = ledger.reservations().admit(name("r1"), admission).value();
    assertEquals(admitted, ledger.reservations().admit(name("r1"), admission).value());
    assertEquals(1, ledger.nodes().held(Site.node("h1")).holds());
    assertInstanceOf(
        Failed.class,
        ledger.reservations().refuse(name("r2"), cause("QUEUE_TIMEOUT")).value().state());
    assertRefused("ILLEGAL_STATE", () -> ledger.reservations().admit(name("r2"), admission));
  }

  @Test
  void anIntervalThatIsOverEndsItsReservation() {
    reserve(ledger, "r1", 1, 1);
    assertInstanceOf(Provisioning.class, ledger.reservations().expire(name("r1")).value().state());
    clock.advance(Duration.ofHours(2));
    assertInstanceOf(Releasing.class, ledger.reservations().expire(name("r1")).value().state());
  }

  @Test
  void aLargeChangeNeedsANewerChain() {
    reserve(ledger, "r1", 1000, 100);
    ledger.reservations().provisioned(name("r1"), 1);
    Reservation small = ledger.reservations().resize(name("r1"), amount(1100, 100), 0.2).value();
    assertEquals(2, hold(small).generation());
    ledger.reservations().provisioned(name("r1"), 2);
    // Small steps add up: it is the amount attested that counts, and not the last one.
    assertRefused(
        "REATTEST_REQUIRED",
        () -> ledger.reservations().resize(name("r1"), amount(1200, 100), 0.2));
    Site.attest(ledger, ONE, "c2", START.plusSeconds(3000));
    Reservation large = ledger.reservations().resize(name("r1"), amount(1200, 100), 0.2).value();
    assertEquals("c2", hold(large).chain().chain());
    assertEquals(large, ledger.reservations().resize(name("r1"), amount(1200, 100), 0.2).value());
    Site.attest(ledger, ONE, "c9", START.plusSeconds(3000));
    assertRefused(
        "ILLEGAL_STATE", () -> ledger.reservations().resize(name("r1"), amount(9000, 100), 0.2));
    assertRefused(
        "CAPACITY",
        () -> {
          ledger.reservations().provisioned(name("r1"), generation("r1"));
          Site.attest(ledger, ONE, "c3", START.plusSeconds(3000));
          ledger.reservations().resize(name("r1"), amount(10_001, 100), 0.2);
        });
    assertInvariants(ledger.snapshot(), "");
  }

  @Test
  void aNodeThatShrankTakesNothingMoreAndGivesBack() {
    reserve(ledger, "r1", 4000, 700);
    ledger.nodes().report(Site.node("h1"), amount(3000, 0));
    assertRefused("CAPACITY", () -> reserve(ledger, "r2", 1, 1));
    ledger.reservations().provisioned(name("r1"), 1);
    ledger.reservations().resize(name("r1"), amount(3900, 700), 1);
    ledger.reservations().release(name("r1"), cause("RELEASED"));
    ledger.reservations().releaseDone(name("r1"), generation("r1"));
    assertEquals(ResourceVector.ZERO, ledger.nodes().held(Site.node("h1")).amount());
  }

  private static Grants.Request wants(String grant, ResourceVector amount) {
    return new Grants.Request(
        new GrantName(name("r1"), grant), Site.node("e1"), Optional.of(amount));
  }

  @Test
  void allGrantsTogetherStayWithinTheHold() throws Exception {
    reserve(ledger, "r1", 1000, 100);
    ledger.reservations().provisioned(name("r1"), 1);
    var work = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 8; i++) {
      String id = "g" + i;
      work.add(
          () -> {
            try {
              ledger.grants().put(wants(id, amount(400, 10)), GrantRules.DEFAULT);
              return true;
            } catch (Refusal refusal) {
              assertEquals("CAPACITY", refusal.problem().reason());
              return false;
            }
          });
    }
    int given = 0;
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (Future<Boolean> done : threads.invokeAll(work)) {
        given += done.get() ? 1 : 0;
      }
    }
    assertEquals(2, given);
    assertEquals(2, ledger.grants().of(name("r1")).size());
  }

  @Test
  void aGrantIsRenewedInTimeOrNeverAndEndsWithItsTrust() {
    reserve(ledger, "r1", 1000, 100);
    ledger.reservations().provisioned(name("r1"), 1);
    Grants.Request request = wants("g1", amount(400, 10));
    Grant first = ledger.grants().put(request, GrantRules.DEFAULT).value();
    assertEquals(List.of(first), ledger.grants().of(name("r1")));
    clock.advance(Duration.ofSeconds(30));
    Grant second = ledger.grants().renew(request, GrantRules.DEFAULT).value();
    assertEquals(first.generation() + 1, second.generation());
    clock.advance(Duration.ofMinutes(2));
    assertRefused("LEASE_EXPIRED", () -> ledger.grants().renew(request, GrantRules.DEFAULT));
    ledger.grants().put(wants("g2", amount(400, 10)), GrantRules.DEFAULT);
    ledger.reservations().suspend(name("r1"), cause("PCR_CHANGED"));
    assertEquals(List.of(), ledger.grants().of(name("r1")));
    assertRefused(
        "ILLEGAL_STATE", () -> ledger.grants().put(wants("g3", amount(1, 1)), GrantRules.DEFAULT));
  }

  @Test
  void aDeposedLeaderChangesNothing() {
    var other = new Ledger(store, Site.KEYS, clock);
    assertRefused("NOT_LEADER", () -> reserve(other, "r0", 1, 1));
    assertEquals(1, ledger.term().orElseThrow());
    assertEquals(2, other.becomeLeader("second:2"));
    LedgerSnapshot before = other.snapshot();
    Problem problem = Site.refused(() -> reserve(ledger, "r1", 1, 1));
    assertEquals(Optional.of("second:2"), ((Problem.NotLeader) problem).leader());
    assertRefused("NOT_LEADER", () -> ledger.nodes().revoke(Site.node("h1")));
    assertTrue(ledger.term().isEmpty());
    assertEquals(before.nodes(), other.snapshot().nodes());
    reserve(other, "r1", 1, 1);
  }

  @Test
  void everythingIsThereAfterReopening() {
    reserve(ledger, "r1", 4000, 700);
    LedgerSnapshot before = ledger.snapshot();
    store.close();
    store = open();
    ledger = new Ledger(store, Site.KEYS, clock);
    assertEquals(before, ledger.snapshot());
    assertEquals(2, ledger.becomeLeader("again:1"));
    assertEquals("r1", reserve(ledger, "r1", 4000, 700).value().name().reservation());
    ledger.reservations().release(name("r1"), cause("RELEASED"));
    assertInvariants(ledger.snapshot(), "");
  }

  private Ledger lossy(Fate... fates) {
    Queue<Fate> next = new ArrayDeque<>(List.of(fates));
    return new Ledger(
        new AlteredStore(store, new Losses(() -> next.isEmpty() ? Fate.ANSWERED : next.remove())),
        Site.KEYS,
        clock);
  }

  @Test
  void anOutcomeThatIsNotKnownIsFoundOut() {
    for (Fate lost : List.of(Fate.REQUEST_LOST, Fate.ANSWER_LOST)) {
      Ledger taken = lossy(lost, lost, lost, lost);
      String id = lost == Fate.ANSWER_LOST ? "answer" : "request";
      taken.becomeLeader("x:1");
      Ledger once = lossy(Fate.ANSWERED, Fate.ANSWERED, lost);
      once.becomeLeader("x:2");
      assertInstanceOf(Provisioning.class, reserve(once, id, 100, 1).value().state());
      assertInvariants(once.snapshot(), id);
      Ledger token = lossy(Fate.ANSWERED, Fate.ANSWERED, Fate.ANSWERED, lost);
      token.becomeLeader("x:3");
      Bytes hash = Site.digest(id.length());
      token
          .nodes()
          .createToken(
              new JoinToken(hash, Site.node("h1"), START.plusSeconds(9), Optional.empty()));
      token.nodes().useToken(hash, Site.node("h1"), START);
      assertRefused("JOIN_TOKEN_USED", () -> token.nodes().useToken(hash, Site.node("h1"), START));
    }
  }

  @Test
  void anOutcomeThatStaysUnknownIsNeverCalledRefused() {
    var fates = new ArrayList<>(List.of(Fate.ANSWERED, Fate.ANSWERED));
    fates.addAll(Collections.nCopies(1 + Settlement.LOOKS_MAX, Fate.REQUEST_LOST));
    Ledger away = lossy(fates.toArray(Fate[]::new));
    away.becomeLeader("x:1");
    assertRefused("STORE_UNAVAILABLE", () -> reserve(away, "r1", 1, 1));
    assertInstanceOf(Provisioning.class, reserve(away, "r1", 1, 1).value().state());
    assertInvariants(away.snapshot(), "");
  }

  @Test
  void aWatchGoesOnWhereTheListingEnded() {
    reserve(ledger, "r1", 1, 1);
    Listing<Reservation> listing =
        ledger.reservations().list(Optional.of(TENANT), Optional.empty(), 10);
    assertEquals(1, listing.rows().size());
    try (RowWatch<Reservation> watch = ledger.reservations().watch(listing.revision() + 1)) {
      Stored<Reservation> second = reserve(ledger, "r2", 1, 1);
      assertEquals(
          new RowWatch.Changed<>(second.revision(), List.of(new RowWatch.Put<>(second))),
          watch.next(PATIENCE));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void randomHistoriesKeepTheInvariants(long seed) {
    new RandomHistory(seed, clock).run(ledger, 120);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void randomHistoriesKeepTheInvariantsOnALossyStore(long seed) {
    var random = new java.util.Random(seed);
    var lossy =
        new Ledger(
            new AlteredStore(
                store,
                new Losses(
                    () ->
                        switch (random.nextInt(8)) {
                          case 0 -> Fate.REQUEST_LOST;
                          case 1 -> Fate.ANSWER_LOST;
                          default -> Fate.ANSWERED;
                        })),
            Site.KEYS,
            clock);
    lossy.becomeLeader("lossy:1");
    new RandomHistory(seed, clock).run(lossy, 120);
  }
}
