package dev.holdfast.tests.fault.ledger;

import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.grant.Grants;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Admission;
import dev.holdfast.store.ledger.Held;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.Stored;
import dev.holdfast.tests.fault.history.Amount;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.Outcome;
import dev.holdfast.tests.fault.history.Phase;
import dev.holdfast.tests.fault.history.Standing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One ledger as histories see it: makes their calls, and puts its answers in their words. The one
 * place in these tests that knows how the ledger is called.
 */
final class Teller {
  /** How long the lead lasts that is not kept; etcd makes it 1.5 of its election timeouts. */
  static final Duration LEASE = Duration.ofSeconds(2);

  private static final double NEVER_ATTEST_AGAIN = 1.0;

  private final String name;
  private final Ledger ledger;

  /**
   * @param name of the instance, which is also the address that it leads with
   */
  Teller(String name, KeyValueStore store, InstantSource clock) {
    this.name = name;
    this.ledger = new Ledger(store, Plot.KEYS, clock);
  }

  String name() {
    return name;
  }

  Ledger ledger() {
    return ledger;
  }

  /** Whether it leads, as far as it knows. */
  boolean leads() {
    return ledger.term().isPresent();
  }

  /** Makes a call. A bug is an answer too, which nothing explains. */
  Outcome answer(Call call) {
    if (!(call instanceof Call.Lead) && !leads()) {
      // As a server does, that serves nobody while it does not lead.
      return new Outcome.NotDone("NOT_LEADER");
    }
    try {
      return done(call);
    } catch (Refusal refusal) {
      return refused(refusal.problem());
    } catch (RuntimeException bug) {
      return new Outcome.Refused(bug.toString());
    }
  }

  private static Outcome refused(Problem problem) {
    return switch (problem) {
      case Problem.Capacity full -> new Outcome.Full(full.node().node());
      case Problem.StoreUnavailable unknown -> new Outcome.Unknown(unknown.message());
      case Problem.NotLeader _, Problem.Unavailable _, Problem.Overloaded _ ->
          new Outcome.NotDone(problem.reason());
      default -> new Outcome.Refused(problem.reason());
    };
  }

  private Outcome done(Call call) {
    return switch (call) {
      case Call.Reserve(int request, String id, String pathway, Amount amount) -> {
        var reservation = new ReservationName(Plot.tenant(pathway), id);
        var admission = new Admission(Plot.pathway(pathway), Plot.amount(amount), Optional.empty());
        yield stands(
            ledger
                .reservations()
                .reserve(Plot.pending(reservation, amount), admission, Plot.key(request)));
      }
      case Call.Resize(int request, Amount amount) ->
          named(
              request,
              found ->
                  ledger
                      .reservations()
                      .resize(found.name(), Plot.amount(amount), NEVER_ATTEST_AGAIN));
      case Call.Release(int request) ->
          named(
              request,
              found ->
                  ledger
                      .reservations()
                      .release(
                          found.name(), new Cause("RELEASED", "by its client", "", Plot.START)));
      case Call.Free(int request) ->
          named(
              request,
              found ->
                  ledger
                      .reservations()
                      .releaseDone(found.name(), found.hold().map(Hold::generation).orElse(1L)));
      case Call.Look(int request) -> named(request, found -> new Stored<>(found, 1));
      case Call.Grant(int request, boolean renew) -> grant(request, renew);
      case Call.Tally(String pathway) -> {
        Held held = ledger.reservations().heldBy(Plot.tenant(pathway));
        yield new Outcome.Held(held.amount().get(Resource.CPU_MILLICORES), held.holds());
      }
      case Call.Survey _ -> survey(false);
      case Call.Lead _ -> {
        OptionalLong term = ledger.standForLead(name, LEASE);
        yield term.isPresent()
            ? new Outcome.Leads(term.getAsLong())
            : new Outcome.NotDone("LED_BY_ANOTHER");
      }
    };
  }

  private interface Change {
    Stored<Reservation> of(Reservation found);
  }

  /** A client knows its reservation by name; a history only by the request that made it. */
  private Outcome named(int request, Change change) {
    Optional<Stored<Reservation>> found = ledger.reservations().madeFor(Plot.key(request));
    return found.isPresent() ? stands(change.of(found.get().value())) : new Outcome.Nothing();
  }

  private Outcome grant(int request, boolean renew) {
    Optional<Stored<Reservation>> found = ledger.reservations().madeFor(Plot.key(request));
    if (found.isEmpty()) {
      return new Outcome.Nothing();
    }
    ReservationName reservation = found.get().value().name();
    if (found.get().value().state() instanceof ReservationState.Provisioning(Hold hold)) {
      // Its nodes are ready: no capacity moves, and only then may there be grants.
      ledger.reservations().provisioned(reservation, hold.generation());
    }
    var asked =
        new Grants.Request(
            new GrantName(reservation, "g1"),
            new NodeName("edge", "e" + reservation.tenant().tenant().substring(3)),
            Optional.of(Plot.amount(new Amount(1, 1))));
    if (renew) {
      ledger.grants().renew(asked, GrantRules.DEFAULT);
    } else {
      ledger.grants().put(asked, GrantRules.DEFAULT);
    }
    return new Outcome.Granted();
  }

  private static Outcome stands(Stored<Reservation> stored) {
    Reservation reservation = stored.value();
    return new Outcome.Stands(reservation.name().toString(), standing(reservation));
  }

  private static Standing standing(Reservation reservation) {
    return switch (reservation.state()) {
      case ReservationState.Provisioning(Hold hold) -> held(hold);
      case ReservationState.Active(Hold hold) -> held(hold);
      case ReservationState.Suspended(Hold hold, _) -> held(hold);
      case ReservationState.Releasing(Hold hold, _) ->
          new Standing(Phase.RELEASING, Plot.amount(hold.amount()));
      case ReservationState.Released _, ReservationState.Failed _ ->
          new Standing(Phase.FREED, Amount.NONE);
      case ReservationState.Pending _ ->
          throw new AssertionError("nothing is left waiting here: " + reservation.name());
    };
  }

  private static Standing held(Hold hold) {
    return Standing.held(Plot.amount(hold.amount()));
  }

  /** Reads everything at one revision, and counts it where that is asked for. */
  Outcome.Seen survey(boolean counted) {
    LedgerSnapshot seen = ledger.snapshot();
    var summed = new HashMap<String, Amount>();
    var counts = new HashMap<String, Integer>();
    var census = new HashMap<String, Outcome.Counted>();
    for (Reservation reservation : seen.reservations().values()) {
      if (reservation.state() instanceof ReservationState.Holding holding) {
        Amount amount = Plot.amount(holding.hold().amount());
        for (Hop hop : hops(seen, holding.hold().pathway())) {
          summed.merge(hop.node().node(), amount, Teller::plus);
          counts.merge(hop.node().node(), 1, Integer::sum);
        }
      }
      if (counted) {
        String id = reservation.name().reservation();
        int request = Integer.parseInt(id.substring(1, id.indexOf('-')));
        census.put(
            reservation.name().toString(), new Outcome.Counted(request, standing(reservation)));
      }
    }
    return new Outcome.Seen(
        totals(seen, summed, counts), counted ? Optional.of(census) : Optional.empty());
  }

  private static List<Hop> hops(LedgerSnapshot seen, PathwayName pathway) {
    return Optional.ofNullable(seen.pathways().get(pathway)).orElseThrow().pathway().hops();
  }

  private static Amount plus(Amount one, Amount other) {
    return new Amount(one.cpu() + other.cpu(), one.network() + other.network());
  }

  private static Map<String, Outcome.Total> totals(
      LedgerSnapshot seen, Map<String, Amount> summed, Map<String, Integer> counts) {
    var totals = new HashMap<String, Outcome.Total>();
    for (NodeRecord node : seen.nodes().values()) {
      Held held = seen.heldOnNode().getOrDefault(node.name(), Held.NOTHING);
      Amount sum = summed.getOrDefault(node.name().node(), Amount.NONE);
      int count = counts.getOrDefault(node.name().node(), 0);
      switch (node.role()) {
        case HYPERVISOR ->
            totals.put(
                node.name().node(),
                new Outcome.Total(
                    held.amount().get(Resource.CPU_MILLICORES), held.holds(), sum.cpu(), count));
        case SWITCH ->
            totals.put(
                node.name().node(),
                new Outcome.Total(
                    held.amount().get(Resource.NETWORK_BYTES_PER_SECOND),
                    held.holds(),
                    sum.network(),
                    count));
        case ORCHESTRATOR, STORAGE_CONTROLLER, ENCLAVE -> {}
      }
    }
    return totals;
  }
}
