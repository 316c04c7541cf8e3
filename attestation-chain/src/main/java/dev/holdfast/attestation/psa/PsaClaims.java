package dev.holdfast.attestation.psa;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.Field.Label;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The claims of a PSA token, as read and not yet believed (RFC 9783, 4).
 *
 * @param profile which profile they are of
 * @param nonce 32, 48 or 64 bytes
 * @param instanceId the UEID of the instance: 33 bytes, the first is 1
 * @param implementationId 32 bytes
 * @param clientId the partition that asked; negative outside the secure world
 * @param lifecycle the state
 * @param components what was measured; empty only where profile 1 says so outright
 * @param bootSeed a value of this boot; mandatory in profile 1
 */
public record PsaClaims(
    PsaProfile profile,
    Bytes nonce,
    Bytes instanceId,
    Bytes implementationId,
    long clientId,
    Lifecycle lifecycle,
    List<SoftwareComponent> components,
    Optional<Bytes> bootSeed) {
  /** Most bytes of a set of claims in JSON. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final String WHAT = "the PSA token";
  private static final int WORD_MAX_BYTES = 1024;
  private static final int UEID_BYTES = 33;
  private static final Pattern EAN13 = Pattern.compile("[0-9]{13}");
  private static final Pattern CERTIFICATION = Pattern.compile("[0-9]{13}(-[0-9]{5})?");

  /** Copies the list. */
  public PsaClaims {
    components = List.copyOf(components);
  }

  /**
   * Reads a token's payload.
   *
   * @throws MalformedException if it breaks the schema of its profile
   */
  static PsaClaims read(Cbor map) {
    PsaProfile profile = PsaProfile.of(map);
    return read(new Field.InCbor(map), profile, CERTIFICATION);
  }

  /**
   * Checks claims of profile 1 that are written in JSON; nothing is proven of them.
   *
   * @return what is wrong; empty if nothing is
   */
  public static List<Finding> checkJson(Bytes json) {
    JsonNode node;
    try {
      node = Json.parse(json, MAX_BYTES, "the claims");
    } catch (MalformedException e) {
      return List.of(Finding.against(Reason.EVIDENCE_MALFORMED, e.words()).at("psa/claims"));
    }
    try {
      Field map = new Field.InJson(node);
      map.member(PsaProfile.ONE.profileLabel(), WHAT).ifPresent(PsaClaims::requireProfileOne);
      read(map, PsaProfile.ONE, EAN13);
      return List.of();
    } catch (MalformedException e) {
      return List.of(
          Finding.against(Reason.EVIDENCE_SCHEMA, e.words())
              .at("psa/claims")
              .remedy("Write the claims as RFC 9783 and its profile say."));
    }
  }

  private static void requireProfileOne(Field field) {
    if (!field.text(WORD_MAX_BYTES, "the profile").equals(PsaProfile.NAME_ONE)) {
      throw new MalformedException("the profile is not " + PsaProfile.NAME_ONE);
    }
  }

  private static PsaClaims read(Field map, PsaProfile profile, Pattern hardwareVersion) {
    Optional<Bytes> bootSeed =
        map.member(profile.bootSeed(), WHAT)
            .map(field -> field.bytes(profile.bootSeedLeast(), 32, profile.bootSeed().name()));
    if (profile == PsaProfile.ONE && bootSeed.isEmpty()) {
      throw new MalformedException(WHAT + " has no boot seed");
    }
    map.member(profile.certification(), WHAT)
        .ifPresent(field -> requirePattern(field, hardwareVersion, profile.certification()));
    map.member(profile.verificationService(), WHAT)
        .ifPresent(field -> requireText(field, profile.verificationService()));
    return new PsaClaims(
        profile,
        SoftwareComponent.digest(map.required(profile.nonce(), WHAT), "the nonce"),
        instanceId(map.required(profile.instanceId(), WHAT)),
        map.required(profile.implementationId(), WHAT).bytes(32, 32, "the implementation id"),
        map.required(profile.clientId(), WHAT)
            .number(Integer.MIN_VALUE, Integer.MAX_VALUE, "the client id"),
        lifecycle(map.required(profile.lifecycle(), WHAT)),
        components(map, profile),
        bootSeed);
  }

  private static void requirePattern(Field field, Pattern pattern, Label label) {
    String text = field.text(WORD_MAX_BYTES, label.name());
    if (!pattern.matcher(text).matches()) {
      throw new MalformedException(label.name() + " is not of the form " + pattern);
    }
  }

  private static void requireText(Field field, Label label) {
    if (field.text(WORD_MAX_BYTES, label.name()).isEmpty()) {
      throw new MalformedException(label.name() + " is empty");
    }
  }

  /**
   * Reads an instance id: a UEID of type RAND (RFC 9711, 4.2.1).
   *
   * @throws MalformedException if it is another
   */
  public static Bytes instanceId(Field field) {
    Bytes id = field.bytes(UEID_BYTES, UEID_BYTES, "the instance id");
    if (id.at(0) != 1) {
      throw new MalformedException("the instance id is a UEID of type " + id.at(0) + ", not 1");
    }
    return id;
  }

  /**
   * Reads a state.
   *
   * @throws MalformedException if there is no such state
   */
  public static Lifecycle lifecycle(Field field) {
    long claim = field.number(0, 0xffff, "the lifecycle");
    return Lifecycle.of(claim)
        .orElseThrow(() -> new MalformedException("there is no lifecycle " + claim));
  }

  private static List<SoftwareComponent> components(Field map, PsaProfile profile) {
    Optional<Field> list = map.member(profile.components(), WHAT);
    boolean none = profile.noMeasurements().flatMap(label -> map.member(label, WHAT)).isPresent();
    if (none && list.isPresent()) {
      throw new MalformedException("software is measured, and said not to be");
    }
    if (none) {
      map.required(profile.noMeasurements().orElseThrow(), WHAT)
          .number(1, 1, "the claim that no software is measured");
      return List.of();
    }
    return SoftwareComponent.readAll(map.required(profile.components(), WHAT));
  }
}
