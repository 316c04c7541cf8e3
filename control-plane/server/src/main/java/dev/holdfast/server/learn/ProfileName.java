package dev.holdfast.server.learn;

import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.profile.GroupKey;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.store.series.SeriesProfile;
import java.util.regex.Pattern;

/**
 * The name of a profile on the wire and in the series: {@code
 * tenants/{tenant}/resourceProfiles/{resource_profile}}, the last part being {@code p} and the
 * first 32 hex digits of the SHA-256 of what it is about.
 */
public record ProfileName(TenantName tenant, String profile) {
  private static final Pattern FORM =
      Pattern.compile("(tenants/[^/]{1,63})/resourceProfiles/(p[0-9a-f]{32})");

  /** The name of a key. */
  public static ProfileName of(ProfileKey key) {
    return new ProfileName(key.tenant(), hashed(key.image() + "\n" + key.user().orElse("")));
  }

  /** The name of a group of a tenant's profiles. */
  public static ProfileName of(GroupKey key) {
    // An image is what a key begins with, so that no group is about the same text.
    String about =
        switch (key) {
          case GroupKey.OfUser(TenantName _, String user) -> "user\n" + user;
          case GroupKey.OfTenant _ -> "tenant";
          case GroupKey.OfType(TenantName _, String type) -> "type\n" + type;
        };
    return new ProfileName(key.tenant(), hashed(about));
  }

  /** The name of what is known of a type of work over all tenants, which is under tenants/-. */
  public static String ofType(String workloadType) {
    return "tenants/-/resourceProfiles/" + hashed("type\n" + workloadType);
  }

  private static String hashed(String about) {
    return "p" + Sha256.of(about).hex().substring(0, 32);
  }

  /** A key as the series knows it. */
  public static SeriesProfile inSeries(ProfileKey key) {
    return new SeriesProfile(of(key).toString(), key);
  }

  /** Reads a name. */
  public static ProfileName parse(String name) {
    var matcher = FORM.matcher(name);
    if (!matcher.matches()) {
      throw new Refusal(
          new Problem.IdFormat("name", "tenants/{tenant}/resourceProfiles/{resource_profile}"));
    }
    return new ProfileName(TenantName.parse(matcher.group(1)), matcher.group(2));
  }

  @Override
  public String toString() {
    return tenant + "/resourceProfiles/" + profile;
  }
}
