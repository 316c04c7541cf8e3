package dev.holdfast.store.ledger;

import dev.holdfast.pam.grant.Grant;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.grant.Grants;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.proto.GrantsRow;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The grants of the ledger. What {@link Grants} decides is committed only if the reservation, its
 * other grants and the pathway's newest chain are still what it was decided from.
 */
public final class LiveGrants {
  /** The most grants that one reservation has at a time. */
  public static final int GRANTS_MAX = 64;

  private final Shard shard;
  private final InstantSource clock;

  LiveGrants(Shard shard, InstantSource clock) {
    this.shard = shard;
    this.clock = clock;
  }

  /** The grants of a reservation that have not expired. */
  public List<Grant> of(ReservationName reservation) {
    Instant now = clock.instant();
    return shard.get(Keys.grants(reservation)).map(row -> live(row.value(), now)).orElse(List.of());
  }

  /**
   * Gives a grant.
   *
   * <p>Refused as {@link Grants#issue} says, and with {@link Problem.Overloaded} where the
   * reservation has {@link #GRANTS_MAX}.
   */
  public Stored<Grant> put(Grants.Request request, GrantRules rules) {
    return decide(request, rules, false);
  }

  /**
   * Renews a grant; one that has expired does not come back. Refused as {@link Grants#renew} says.
   */
  public Stored<Grant> renew(Grants.Request request, GrantRules rules) {
    return decide(request, rules, true);
  }

  private Stored<Grant> decide(Grants.Request request, GrantRules rules, boolean renew) {
    ReservationName name = request.name().reservation();
    return shard.change(
        draft -> {
          Reservation reservation = Reservations.require(draft, name);
          Instant now = clock.instant();
          GrantsRow row = draft.read(Keys.grants(name)).orElse(GrantsRow.getDefaultInstance());
          // The one asked for is kept even if it has expired: its holder is told that, and not that
          // there never was one.
          List<Grant> all = row.getGrantsList().stream().map(ReservationRows::value).toList();
          Hold hold =
              reservation
                  .hold()
                  .orElseThrow(
                      () ->
                          new Refusal(
                              new Problem.IllegalState(
                                  name.toString(),
                                  reservation.state().label(),
                                  "A grant rests on a hold.")));
          ChainRecord chain =
              draft
                  .value(Keys.chain(hold.pathway()))
                  .orElseThrow(
                      () ->
                          new Refusal(
                              new Problem.AttestationExpired(hold.pathway(), Instant.EPOCH)));
          chain
              .refusal(now)
              .ifPresent(
                  problem -> {
                    throw new Refusal(problem);
                  });
          draft.until(chain.chain().expiresAt());
          Grants.Outcome outcome =
              renew
                  ? Grants.renew(reservation, all, request, chain.chain(), rules, now)
                  : Grants.issue(reservation, all, request, chain.chain(), rules, now);
          Grant grant =
              switch (outcome) {
                case Grants.Issued(Grant issued) -> issued;
                case Grants.Refused(Problem problem) -> throw new Refusal(problem);
              };
          draft.put(Keys.grants(name), with(all, grant, now));
          return grant;
        });
  }

  private static GrantsRow with(List<Grant> all, Grant grant, Instant now) {
    var kept = new ArrayList<Grant>();
    for (Grant other : all) {
      if (other.live(now) && !other.name().equals(grant.name())) {
        kept.add(other);
      }
    }
    if (kept.size() >= GRANTS_MAX) {
      throw new Refusal(
          new Problem.Overloaded(grant.name().reservation().toString(), grant.refreshInterval()));
    }
    kept.add(grant);
    GrantsRow.Builder row = GrantsRow.newBuilder();
    kept.forEach(each -> row.addGrants(ReservationRows.row(each)));
    return row.build();
  }

  /** Ends one grant; one that has ended stays so. */
  public void release(GrantName name) {
    shard.change(
        draft -> {
          draft
              .read(Keys.grants(name.reservation()))
              .ifPresent(
                  row -> {
                    GrantsRow.Builder rest = GrantsRow.newBuilder();
                    row.getGrantsList().stream()
                        .filter(grant -> !grant.getName().equals(name.toString()))
                        .forEach(rest::addGrants);
                    draft.put(Keys.grants(name.reservation()), rest.build());
                  });
          return name;
        });
  }

  /** Ends every grant of a reservation. */
  public void revokeAll(ReservationName reservation) {
    shard.change(
        draft -> {
          if (draft.read(Keys.grants(reservation)).isPresent()) {
            draft.delete(Keys.grants(reservation));
          }
          return reservation;
        });
  }

  private static List<Grant> live(GrantsRow row, Instant now) {
    return row.getGrantsList().stream()
        .map(ReservationRows::value)
        .filter(grant -> grant.live(now))
        .toList();
  }
}
