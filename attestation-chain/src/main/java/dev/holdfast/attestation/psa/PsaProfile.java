package dev.holdfast.attestation.psa;

import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Field.Label;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/** A way to label the claims of a PSA token (RFC 9783, 4 and 5, and what came before it). */
public enum PsaProfile {
  /** PSA_IOT_PROFILE_1, with labels of its own (PSA Attestation API 1.0). */
  ONE,
  /** The draft of profile 2: http://arm.com/psa/2.0.0. */
  TWO,
  /** RFC 9783: tag:psacertified.org,2023:psa#tfm. */
  TFM;

  static final String NAME_ONE = "PSA_IOT_PROFILE_1";
  private static final String NAME_TWO = "http://arm.com/psa/2.0.0";
  private static final String NAME_TFM = "tag:psacertified.org,2023:psa#tfm";
  private static final int EAT_PROFILE = 265;
  private static final int EAT_BOOT_SEED = 268;

  /** The profile that claims say they are of; the first, if they say nothing. */
  static PsaProfile of(Cbor map) {
    Optional<Cbor> named = map.member(EAT_PROFILE, "the claims");
    Label own = ONE.profileLabel();
    if (named.isEmpty()) {
      map.member(own.number(), "the claims").ifPresent(PsaProfile::requireOne);
      return ONE;
    }
    return switch (named.get().text("the profile")) {
      case NAME_TWO -> TWO;
      case NAME_TFM -> TFM;
      default -> throw new MalformedException("the profile is none of PSA's");
    };
  }

  private static void requireOne(Cbor name) {
    if (!name.text("the profile").equals(NAME_ONE)) {
      throw new MalformedException("the profile is not " + NAME_ONE);
    }
  }

  /** Its name. */
  public String profileName() {
    return switch (this) {
      case ONE -> NAME_ONE;
      case TWO -> NAME_TWO;
      case TFM -> NAME_TFM;
    };
  }

  private Label label(int one, int two, String name) {
    return new Label(this == ONE ? one : two, name);
  }

  Label profileLabel() {
    return label(-75000, EAT_PROFILE, "psa-profile");
  }

  Label clientId() {
    return label(-75001, 2394, "psa-client-id");
  }

  Label lifecycle() {
    return label(-75002, 2395, "psa-security-lifecycle");
  }

  Label implementationId() {
    return label(-75003, 2396, "psa-implementation-id");
  }

  Label bootSeed() {
    return label(-75004, this == TFM ? EAT_BOOT_SEED : 2397, "psa-boot-seed");
  }

  int bootSeedLeast() {
    return this == TFM ? 8 : 32;
  }

  /** The hardware's version in profile 1, the certification reference after it. */
  Label certification() {
    return label(-75005, 2398, this == ONE ? "psa-hwver" : "psa-certification-reference");
  }

  Label components() {
    return label(-75006, 2399, "psa-software-components");
  }

  /** Only profile 1 can say that nothing was measured. */
  Optional<Label> noMeasurements() {
    return this == ONE
        ? Optional.of(new Label(-75007, "psa-no-software-measurements"))
        : Optional.empty();
  }

  Label nonce() {
    return label(-75008, 10, "psa-nonce");
  }

  Label instanceId() {
    return label(-75009, 256, "psa-instance-id");
  }

  Label verificationService() {
    return label(-75010, 2400, "psa-verification-service-indicator");
  }
}
