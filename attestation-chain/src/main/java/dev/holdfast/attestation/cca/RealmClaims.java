package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.Field.Label;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseKey;
import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.psa.SoftwareComponent;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a realm token says (RMM Specification, A7.2.4; draft-ffm-rats-cca-token, 5).
 *
 * @param challenge what the verifier asked with, 64 bytes
 * @param personalization what the realm's owner gave it, 64 bytes
 * @param initial the initial measurement
 * @param extensible the four extensible measurements
 * @param hash the hash that measurements are made with
 * @param publicKey the realm's key, as the token writes it
 * @param publicKeyHash the hash that binds that key to the platform
 */
record RealmClaims(
    Bytes challenge,
    Bytes personalization,
    Bytes initial,
    List<Bytes> extensible,
    String hash,
    Bytes publicKey,
    String publicKeyHash) {
  private static final String WHAT = "the realm token";
  private static final String PROFILE_NAME = "tag:arm.com,2023:realm#1.0.0";
  private static final int WORD_MAX_BYTES = 128;
  private static final int CHALLENGE_BYTES = 64;
  private static final int EXTENSIBLE_COUNT = 4;
  private static final int POINT_BYTES = 97;
  private static final int KEY_MAX_BYTES = 256;
  private static final Label PROFILE = new Label(265, "cca-realm-profile");
  private static final Label CHALLENGE = new Label(10, "cca-realm-challenge");
  private static final Label PERSONALIZATION = new Label(44235, "cca-realm-personalization-value");
  private static final Label HASH = new Label(44236, "cca-realm-hash-algo-id");
  private static final Label KEY = new Label(44237, "cca-realm-public-key");
  private static final Label INITIAL = new Label(44238, "cca-realm-initial-measurement");
  private static final Label EXTENSIBLE = new Label(44239, "cca-realm-extensible-measurements");
  private static final Label KEY_HASH = new Label(44240, "cca-realm-public-key-hash-algo-id");

  RealmClaims {
    extensible = List.copyOf(extensible);
  }

  /**
   * Reads the claims of a token: its key is a raw point, or, where a profile is named, a COSE_Key.
   */
  static RealmClaims read(Field map) {
    Optional<Field> profile = map.member(PROFILE, WHAT);
    if (profile.isPresent()
        && !profile.get().text(WORD_MAX_BYTES, "profile").equals(PROFILE_NAME)) {
      throw new MalformedException("the realm token is of a profile that is not known");
    }
    return profile.isPresent() ? read(map, 1, KEY_MAX_BYTES) : readBare(map);
  }

  /** Reads claims by themselves, whose key is a raw point. */
  static RealmClaims readBare(Field map) {
    return read(map, POINT_BYTES, POINT_BYTES);
  }

  private static RealmClaims read(Field map, int keyLeast, int keyMost) {
    return new RealmClaims(
        map.required(CHALLENGE, WHAT).bytes(CHALLENGE_BYTES, CHALLENGE_BYTES, CHALLENGE.name()),
        map.required(PERSONALIZATION, WHAT)
            .bytes(CHALLENGE_BYTES, CHALLENGE_BYTES, PERSONALIZATION.name()),
        SoftwareComponent.digest(map.required(INITIAL, WHAT), INITIAL.name()),
        extensible(map.required(EXTENSIBLE, WHAT)),
        HashAlgorithm.name(map.required(HASH, WHAT), HASH.name()),
        map.required(KEY, WHAT).bytes(keyLeast, keyMost, KEY.name()),
        HashAlgorithm.name(map.required(KEY_HASH, WHAT), KEY_HASH.name()));
  }

  private static List<Bytes> extensible(Field list) {
    List<Field> elements = list.elements(EXTENSIBLE.name());
    if (elements.size() != EXTENSIBLE_COUNT) {
      throw new MalformedException(elements.size() + " extensible measurements, not 4");
    }
    List<Bytes> digests = new ArrayList<>();
    elements.forEach(
        element -> digests.add(SoftwareComponent.digest(element, "an extensible measurement")));
    return digests;
  }

  /** The key in Java's form: a raw P-384 point begins with 4, a COSE_Key is a map. */
  PublicKey key() {
    if (publicKey.length() == POINT_BYTES && publicKey.at(0) == 4) {
      return PublicKeys.point(
          "secp384r1", publicKey.slice(1, 49), publicKey.slice(49, POINT_BYTES));
    }
    return CoseKey.parse(publicKey);
  }
}
