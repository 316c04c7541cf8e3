package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.Field.Label;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.psa.Lifecycle;
import dev.holdfast.attestation.psa.PsaClaims;
import dev.holdfast.attestation.psa.SoftwareComponent;
import java.util.List;
import java.util.Set;

/**
 * What a platform token says (RMM Specification, A7.2.3; draft-ffm-rats-cca-token, 4).
 *
 * @param profile its name
 * @param challenge the hash of the realm's key, 32, 48 or 64 bytes
 * @param implementationId 32 bytes
 * @param instanceId a UEID, 33 bytes
 * @param config how the platform is set up; of its maker's own form
 * @param lifecycle the state
 * @param components what was measured
 * @param hash the hash that measurements are made with
 */
record PlatformClaims(
    String profile,
    Bytes challenge,
    Bytes implementationId,
    Bytes instanceId,
    Bytes config,
    Lifecycle lifecycle,
    List<SoftwareComponent> components,
    String hash) {
  private static final String WHAT = "the platform token";
  private static final int WORD_MAX_BYTES = 128;
  private static final int SERVICE_MAX_BYTES = 1024;
  private static final int CONFIG_MAX_BYTES = 4096;
  private static final Set<String> PROFILES =
      Set.of("http://arm.com/CCA-SSD/1.0.0", "tag:arm.com,2023:cca_platform#1.0.0");
  private static final Label PROFILE = new Label(265, "cca-platform-profile");
  private static final Label CHALLENGE = new Label(10, "cca-platform-challenge");
  private static final Label IMPLEMENTATION = new Label(2396, "cca-platform-implementation-id");
  private static final Label INSTANCE = new Label(256, "cca-platform-instance-id");
  private static final Label CONFIG = new Label(2401, "cca-platform-config");
  private static final Label LIFECYCLE = new Label(2395, "cca-platform-lifecycle");
  private static final Label COMPONENTS = new Label(2399, "cca-platform-sw-components");
  private static final Label SERVICE = new Label(2400, "cca-platform-service-indicator");
  private static final Label HASH = new Label(2402, "cca-platform-hash-algo-id");

  PlatformClaims {
    components = List.copyOf(components);
  }

  static PlatformClaims read(Field map) {
    String profile = map.required(PROFILE, WHAT).text(WORD_MAX_BYTES, PROFILE.name());
    if (!PROFILES.contains(profile)) {
      throw new MalformedException("the platform token is of a profile that is not known");
    }
    map.member(SERVICE, WHAT).ifPresent(field -> field.text(SERVICE_MAX_BYTES, SERVICE.name()));
    return new PlatformClaims(
        profile,
        SoftwareComponent.digest(map.required(CHALLENGE, WHAT), CHALLENGE.name()),
        map.required(IMPLEMENTATION, WHAT).bytes(32, 32, IMPLEMENTATION.name()),
        PsaClaims.instanceId(map.required(INSTANCE, WHAT)),
        map.required(CONFIG, WHAT).bytes(0, CONFIG_MAX_BYTES, CONFIG.name()),
        PsaClaims.lifecycle(map.required(LIFECYCLE, WHAT)),
        SoftwareComponent.readAll(map.required(COMPONENTS, WHAT)),
        HashAlgorithm.name(map.required(HASH, WHAT), HASH.name()));
  }
}
