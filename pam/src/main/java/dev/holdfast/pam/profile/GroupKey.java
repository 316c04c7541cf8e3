package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.TenantName;

/** Which profiles of a tenant a group is of. */
public sealed interface GroupKey {
  /** Whose profiles they are. */
  TenantName tenant();

  /**
   * Those of one user, whatever runs.
   *
   * @param user as the tenant names them
   */
  record OfUser(TenantName tenant, String user) implements GroupKey {}

  /** Those of every image, whoever runs it. */
  record OfTenant(TenantName tenant) implements GroupKey {}

  /**
   * Those of every image that last did one type of work: the tenant's part of what is known of that
   * type over all tenants.
   *
   * @param workloadType the type
   */
  record OfType(TenantName tenant, String workloadType) implements GroupKey {}
}
