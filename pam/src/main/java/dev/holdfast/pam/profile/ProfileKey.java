package dev.holdfast.pam.profile;

import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import java.util.List;
import java.util.Optional;

/**
 * What a profile is about.
 *
 * @param tenant whose usage it is
 * @param image what runs
 * @param user whom it runs for; empty for whoever runs it
 */
public record ProfileKey(TenantName tenant, ImageName image, Optional<String> user) {
  /** Refuses what is no user. */
  public ProfileKey {
    Workload.requireUser(user);
  }

  /** The most specific key of a tenant's workload. */
  public static ProfileKey of(TenantName tenant, Workload workload) {
    return new ProfileKey(tenant, workload.image(), workload.user());
  }

  /** How specific it is. */
  public ProfileLevel level() {
    return user.isPresent() ? ProfileLevel.TENANT_IMAGE_USER : ProfileLevel.TENANT_IMAGE;
  }

  /** This key and what it falls back on, most specific first: usage is folded into each. */
  public List<ProfileKey> levels() {
    return user.isPresent()
        ? List.of(this, new ProfileKey(tenant, image, Optional.empty()))
        : List.of(this);
  }

  /** The last part of its name: {@code p-} and 40 hex digits that no other key of a tenant has. */
  public String id() {
    // A user holds no slash, so no two keys give the same text.
    return "p-" + Sha256.of(image + "/" + user.orElse("/")).hex().substring(0, 40);
  }

  /** The full name: {@code tenants/{tenant}/resourceProfiles/{resource_profile}}. */
  @Override
  public String toString() {
    return tenant + "/resourceProfiles/" + id();
  }
}
