package dev.holdfast.pam.model;

import java.util.List;

/**
 * The name of a grant: {@code tenants/{tenant}/reservations/{reservation}/grants/{grant}}.
 *
 * @param reservation what it draws on
 * @param grant its id within the reservation, 1 to 63 of [a-z0-9-], starting with a letter
 */
public record GrantName(ReservationName reservation, String grant)
    implements Comparable<GrantName> {
  /** Refuses ids that no name may hold. */
  public GrantName {
    Ids.require("grant", grant);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static GrantName parse(String name) {
    List<String> ids = Ids.split("grant", "tenants/*/reservations/*/grants/*", name);
    return new GrantName(
        new ReservationName(new TenantName(ids.get(0)), ids.get(1)), ids.get(2));
  }

  @Override
  public int compareTo(GrantName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return reservation + "/grants/" + grant;
  }
}
