package dev.holdfast.pam.model;

/**
 * The name of a tenant: {@code tenants/{tenant}}.
 *
 * @param tenant its id, 1 to 63 of [a-z0-9-], starting with a letter
 */
public record TenantName(String tenant) implements Comparable<TenantName> {
  /** Refuses ids that no name may hold. */
  public TenantName {
    Ids.require("tenant", tenant);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static TenantName parse(String name) {
    return new TenantName(Ids.split("tenant", "tenants/*", name).getFirst());
  }

  @Override
  public int compareTo(TenantName other) {
    return tenant.compareTo(other.tenant);
  }

  /** The full name. */
  @Override
  public String toString() {
    return "tenants/" + tenant;
  }
}
