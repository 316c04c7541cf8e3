package dev.holdfast.pam.profile;

/** What a profile is about, most specific first. */
public enum ProfileLevel {
  /** One image run by one user of one tenant. */
  TENANT_IMAGE_USER(1),
  /** One image of one tenant, whoever runs it. */
  TENANT_IMAGE(0.9),
  /** One user of one tenant, whatever they run. */
  TENANT_USER(0.6),
  /** One tenant, whatever runs for whom. */
  TENANT(0.4),
  /** One type of workload, over all tenants but the one that asks. */
  WORKLOAD_TYPE(0.25),
  /** Nothing is known: the policy's default amount. */
  DEFAULT(0);

  private final double bearing;

  ProfileLevel(double bearing) {
    this.bearing = bearing;
  }

  /**
   * How much of what is known at this level counts as knowledge of the workload itself, 0 to 1: a
   * forecast's confidence is the mean of it, weighed as the levels are.
   */
  public double bearing() {
    return bearing;
  }
}
