package dev.holdfast.pam.model;

import java.util.List;

/**
 * The name of a signal: {@code tenants/{tenant}/signals/{signal}}.
 *
 * @param tenant whose usage it is about
 * @param signal its id within the tenant, 1 to 63 of [a-z0-9-], starting with a letter
 */
public record SignalName(TenantName tenant, String signal) implements Comparable<SignalName> {
  /** Refuses ids that no name may hold. */
  public SignalName {
    Ids.require("signal", signal);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static SignalName parse(String name) {
    List<String> ids = Ids.split("signal", "tenants/*/signals/*", name);
    return new SignalName(new TenantName(ids.get(0)), ids.get(1));
  }

  @Override
  public int compareTo(SignalName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return tenant + "/signals/" + signal;
  }
}
