package dev.holdfast.pam.model;

import java.util.List;

/**
 * The name of a reservation: {@code tenants/{tenant}/reservations/{reservation}}.
 *
 * @param tenant whose it is
 * @param reservation its id within the tenant, 1 to 63 of [a-z0-9-], starting with a letter
 */
public record ReservationName(TenantName tenant, String reservation)
    implements Comparable<ReservationName> {
  /** Refuses ids that no name may hold. */
  public ReservationName {
    Ids.require("reservation", reservation);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static ReservationName parse(String name) {
    List<String> ids = Ids.split("reservation", "tenants/*/reservations/*", name);
    return new ReservationName(new TenantName(ids.get(0)), ids.get(1));
  }

  @Override
  public int compareTo(ReservationName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return tenant + "/reservations/" + reservation;
  }
}
