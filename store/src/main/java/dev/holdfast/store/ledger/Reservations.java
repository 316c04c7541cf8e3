package dev.holdfast.store.ledger;

import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.HoldProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Cause;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.IllegalTransition;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.reservation.ReservationEvent;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.store.proto.RequestRow;
import dev.holdfast.store.proto.ReservationRow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The reservations of the ledger. Every change is one transaction that keeps the sums of what is
 * held on nodes, pathways and by tenants equal to what the holding reservations say.
 */
public final class Reservations {
  /** How long a reservation that has ended can still be asked for. */
  public static final Duration KEPT = RequestKey.REMEMBERED;

  /** The most that one sweep forgets. */
  public static final int SWEEP_MAX = 100;

  private final Shard shard;
  private final InstantSource clock;

  Reservations(Shard shard, InstantSource clock) {
    this.shard = shard;
    this.clock = clock;
  }

  /** A reservation; empty when there is none. */
  public Optional<Stored<Reservation>> get(ReservationName name) {
    return shard.get(Keys.reservation(name));
  }

  /** Lists reservations by name, of one tenant or of all, behind a name, 1 to 10,000. */
  public Listing<Reservation> list(
      Optional<TenantName> tenant, Optional<ReservationName> after, int limit) {
    return shard.list(
        Kinds.RESERVATION,
        tenant.map(owner -> owner + "/").orElse(""),
        after.map(ReservationName::toString),
        limit);
  }

  /** Watches all reservations from a revision on. */
  public RowWatch<Reservation> watch(long fromRevision) {
    return shard.watch(Kinds.RESERVATION, fromRevision);
  }

  /** What was made for a request before, where the id is still remembered. */
  public Optional<Stored<Reservation>> madeFor(RequestKey key) {
    Instant now = clock.instant();
    return shard
        .get(Keys.request(key.id()))
        .filter(row -> remembered(row.value(), now))
        .flatMap(row -> get(same(key, row.value())));
  }

  private static ReservationName same(RequestKey key, RequestRow row) {
    if (!Rows.bytes(row.getBodyDigest()).equals(key.bodyDigest())) {
      throw new Refusal(new Problem.RequestIdReused(key.id()));
    }
    return ReservationName.parse(row.getReservation());
  }

  /**
   * Makes a reservation and holds what it needs, all of it or nothing. The same request again
   * returns what it made, in whatever state that is.
   *
   * <p>Refused with {@link Problem.RequestIdReused}, {@link Problem.AlreadyExists}, {@link
   * Problem.NotFound} (the pathway), {@link Problem.AttestationExpired}, {@link
   * Problem.ChainRefused}, {@link Problem.IllegalState} (a node takes nothing more), {@link
   * Problem.Capacity}, {@link Problem.Quota}, {@link Problem.NotLeader} and {@link
   * Problem.StoreUnavailable}.
   *
   * @param pending what is asked for, in the state PENDING
   */
  public Stored<Reservation> reserve(Reservation pending, Admission admission, RequestKey key) {
    return make(
        pending,
        key,
        (draft, now) ->
            pending.after(
                new ReservationEvent.Admitted(hold(draft, pending.name(), admission, now)), now));
  }

  /** Makes a reservation that waits for room. The same request again returns what it made. */
  public Stored<Reservation> enqueue(Reservation pending, RequestKey key) {
    return make(pending, key, (_, _) -> pending);
  }

  private Stored<Reservation> make(
      Reservation pending, RequestKey key, BiFunction<Draft, Instant, Reservation> decision) {
    if (!(pending.state() instanceof ReservationState.Pending)) {
      throw new IllegalArgumentException("a new reservation is PENDING");
    }
    return shard.change(
        draft -> {
          Instant now = clock.instant();
          Optional<RequestRow> seen =
              draft.value(Keys.request(key.id())).filter(row -> remembered(row, now));
          if (seen.isPresent()) {
            return require(draft, same(key, seen.get()));
          }
          ReservationName name = pending.name();
          if (draft.read(Keys.reservation(name)).isPresent()) {
            throw new Refusal(new Problem.AlreadyExists(name.toString()));
          }
          Reservation made = decision.apply(draft, now);
          HoldSums.account(draft, pending, made);
          RequestRow request =
              RequestRow.newBuilder()
                  .setId(key.id().toString())
                  .setBodyDigest(Rows.bytes(key.bodyDigest()))
                  .setAtMillis(now.toEpochMilli())
                  .build();
          draft.put(Keys.reservation(name), ReservationRows.row(made, request));
          RequestRow found = request.toBuilder().setReservation(name.toString()).build();
          draft.derive(Keys.request(key.id()), _ -> Optional.of(found));
          return made;
        });
  }

  private static boolean remembered(RequestRow row, Instant now) {
    return Instant.ofEpochMilli(row.getAtMillis()).plus(RequestKey.REMEMBERED).isAfter(now);
  }

  /**
   * Holds what a waiting reservation needs. One that is admitted on that pathway stays as it is.
   */
  public Stored<Reservation> admit(ReservationName name, Admission admission) {
    return transition(
        name,
        (draft, before) -> {
          if (before
              .hold()
              .filter(hold -> hold.pathway().equals(admission.pathway()))
              .isPresent()) {
            return before;
          }
          Instant now = clock.instant();
          return before.after(
              new ReservationEvent.Admitted(hold(draft, name, admission, now)), now);
        });
  }

  private static Hold hold(Draft draft, ReservationName name, Admission admission, Instant now) {
    ChainRecord chain = chain(draft, admission.pathway(), now);
    Hold hold = Hold.of(admission.amount(), chain.chain().name());
    HoldSums.requireRoom(draft, hold, name.tenant(), admission.quota());
    return hold;
  }

  /** The chain that a hold is about to rest on; the commit compares that it is still the newest. */
  private static ChainRecord chain(Draft draft, PathwayName pathway, Instant now) {
    Pathways.require(draft, pathway);
    ChainRecord chain =
        draft
            .value(Keys.chain(pathway))
            .orElseThrow(() -> new Refusal(new Problem.AttestationExpired(pathway, Instant.EPOCH)));
    chain
        .refusal(now)
        .ifPresent(
            problem -> {
              throw new Refusal(problem);
            });
    draft.until(chain.chain().expiresAt());
    return chain;
  }

  /** Says that a waiting reservation can never be served. */
  public Stored<Reservation> refuse(ReservationName name, Cause cause) {
    return happened(name, new ReservationEvent.Refused(cause));
  }

  /**
   * Changes how much is held.
   *
   * @param reattestRatio how much the amount of any resource may differ, as a part of what it was
   *     when the pathway was last attested for it, before it must be attested again; 0 to 1
   */
  public Stored<Reservation> resize(
      ReservationName name, ResourceVector amount, double reattestRatio) {
    if (!(reattestRatio >= 0 && reattestRatio <= 1) || amount.isZero()) {
      throw new IllegalArgumentException("a resize has an amount and a ratio of 0 to 1");
    }
    return transition(
        name,
        (draft, before) -> {
          Hold hold =
              before.hold().orElseThrow(() -> illegal(before, "Only what is held is resized."));
          if (hold.amount().equals(amount)) {
            return before;
          }
          Instant now = clock.instant();
          Reservation attested = before;
          boolean large = exceeds(hold.attestedAmount(), amount, reattestRatio);
          if (large || !amount.fitsWithin(hold.amount())) {
            ChainRecord chain = chain(draft, hold.pathway(), now);
            if (large && chain.chain().name().equals(hold.chain())) {
              throw new Refusal(new HoldProblem.ReattestRequired(name, hold.pathway()));
            }
            if (large && !(before.state() instanceof ReservationState.Active)) {
              // Only what is active takes a newer chain as it is; else one chain would do for many.
              throw illegal(before, "Wait until its nodes are ready.");
            }
            if (large) {
              attested =
                  before.after(new ReservationEvent.TrustRestored(chain.chain().name()), now);
            }
          }
          return attested.after(new ReservationEvent.Resized(amount), now);
        });
  }

  private static boolean exceeds(ResourceVector attested, ResourceVector amount, double ratio) {
    for (Resource resource : Resource.values()) {
      long change = Math.abs(amount.get(resource) - attested.get(resource));
      if (change > 0 && change >= ratio * attested.get(resource)) {
        return true;
      }
    }
    return false;
  }

  /** Trust was lost: the capacity stays held, and every grant ends. */
  public Stored<Reservation> suspend(ReservationName name, Cause cause) {
    return happened(name, new ReservationEvent.TrustLost(cause));
  }

  /** Trust is back: what was suspended is provisioned again, on the pathway's newest chain. */
  public Stored<Reservation> restore(ReservationName name) {
    return transition(
        name,
        (draft, before) -> {
          Optional<Hold> hold = before.hold();
          boolean rests =
              before.state() instanceof ReservationState.Active
                  || before.state() instanceof ReservationState.Suspended;
          if (hold.isEmpty() || !rests) {
            return before;
          }
          Instant now = clock.instant();
          ChainRecord chain = chain(draft, hold.get().pathway(), now);
          return before.after(new ReservationEvent.TrustRestored(chain.chain().name()), now);
        });
  }

  /** Every node has what it should. A generation that is not the present one changes nothing. */
  public Stored<Reservation> provisioned(ReservationName name, long generation) {
    return happened(name, new ReservationEvent.Provisioned(generation));
  }

  /**
   * A node holds nothing of it any more. Where it is being released, and the generation is the
   * present one, its capacity is free from then on; elsewhere it is provisioned again.
   */
  public Stored<Reservation> reclaimed(ReservationName name, long generation, Cause cause) {
    return happened(name, new ReservationEvent.Reclaimed(generation, cause));
  }

  /** Ends a reservation. One that has ended, or is ending, stays as it is. */
  public Stored<Reservation> release(ReservationName name, Cause cause) {
    return happened(name, new ReservationEvent.Ended(cause));
  }

  /** Every node has given back what a releasing reservation held. Repeating it changes nothing. */
  public Stored<Reservation> releaseDone(ReservationName name, long generation) {
    return transition(
        name,
        (_, before) -> {
          if (!(before.state() instanceof ReservationState.Releasing releasing)) {
            return before;
          }
          Instant now = clock.instant();
          return before.after(new ReservationEvent.Reclaimed(generation, releasing.cause()), now);
        });
  }

  /** Ends a reservation whose interval is over; another stays as it is. */
  public Stored<Reservation> expire(ReservationName name) {
    return transition(
        name,
        (_, before) -> {
          Instant now = clock.instant();
          if (now.isBefore(before.interval().end()) || before.ended()) {
            return before;
          }
          var cause =
              new Cause(
                  "INTERVAL_OVER",
                  "its interval ended at " + before.interval().end(),
                  name.toString(),
                  now);
          return before.after(new ReservationEvent.Ended(cause), now);
        });
  }

  private Stored<Reservation> happened(ReservationName name, ReservationEvent event) {
    return transition(name, (_, before) -> before.after(event, clock.instant()));
  }

  /** What a change makes of a reservation. */
  @FunctionalInterface
  private interface Step {
    Reservation take(Draft draft, Reservation before);
  }

  private Stored<Reservation> transition(ReservationName name, Step step) {
    return shard.change(
        draft -> {
          Reservation before = require(draft, name);
          Reservation after;
          try {
            after = step.take(draft, before);
          } catch (IllegalTransition e) {
            throw illegal(before, String.valueOf(e.getMessage()));
          }
          if (after.equals(before)) {
            return before;
          }
          HoldSums.account(draft, before, after);
          if (!(after.state() instanceof ReservationState.Active
                  || after.state() instanceof ReservationState.Provisioning)
              && draft.read(Keys.grants(name)).isPresent()) {
            // No grant outlives the trust or the capacity that it rests on.
            draft.delete(Keys.grants(name));
          }
          RequestRow request =
              draft.read(Keys.reservation(name)).map(ReservationRow::getRequest).orElseThrow();
          draft.put(Keys.reservation(name), ReservationRows.row(after, request));
          return after;
        });
  }

  private static Refusal illegal(Reservation reservation, String remedy) {
    return new Refusal(
        new Problem.IllegalState(
            reservation.name().toString(), reservation.state().label(), remedy));
  }

  static Reservation require(Draft draft, ReservationName name) {
    return draft
        .value(Keys.reservation(name))
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }

  /** What a tenant holds in all. */
  public Held heldBy(TenantName tenant) {
    return shard.get(Keys.held(tenant)).map(Stored::value).orElse(Held.NOTHING);
  }

  /**
   * Forgets reservations that ended {@link #KEPT} ago or before; returns how many, {@link
   * #SWEEP_MAX} at most.
   */
  public int forgetEnded() {
    Instant before = clock.instant().minus(KEPT);
    List<ReservationName> over =
        shard
            .image()
            .under(Kinds.RESERVATION.prefix())
            .flatMap(entry -> Image.read(Kinds.RESERVATION, entry).stream())
            .map(Stored::value)
            .filter(one -> one.ended() && !one.updatedAt().isAfter(before))
            .map(Reservation::name)
            .limit(SWEEP_MAX)
            .toList();
    for (ReservationName name : over) {
      shard.change(
          draft -> {
            Optional<ReservationRow> row = draft.read(Keys.reservation(name));
            row.ifPresent(
                found -> {
                  var request = Keys.request(RequestId.parse(found.getRequest().getId()));
                  boolean newest =
                      draft
                          .value(request)
                          .filter(made -> made.getReservation().equals(name.toString()))
                          .isPresent();
                  if (newest) {
                    draft.delete(request);
                  }
                  draft.delete(Keys.reservation(name));
                });
            return name;
          });
    }
    return over.size();
  }
}
