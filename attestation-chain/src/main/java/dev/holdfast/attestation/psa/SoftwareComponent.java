package dev.holdfast.attestation.psa;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A piece of software that was measured (RFC 9783, 4.4.1).
 *
 * @param type what it is, such as BL
 * @param measurement its digest, 32, 48 or 64 bytes
 * @param version as its maker writes it
 * @param signer the digest of the key that signed it, 32, 48 or 64 bytes
 */
public record SoftwareComponent(
    Optional<String> type, Bytes measurement, Optional<String> version, Bytes signer) {
  private static final String WHAT = "a software component";
  private static final int COMPONENTS_MAX = 64;
  private static final int WORD_MAX_BYTES = 128;
  private static final Field.Label TYPE = new Field.Label(1, "measurement-type");
  private static final Field.Label VALUE = new Field.Label(2, "measurement-value");
  private static final Field.Label VERSION = new Field.Label(4, "version");
  private static final Field.Label SIGNER = new Field.Label(5, "signer-id");

  /**
   * Reads a list of at least one.
   *
   * @throws MalformedException if one breaks the schema
   */
  public static List<SoftwareComponent> readAll(Field list) {
    List<Field> elements = list.elements("the software components");
    if (elements.isEmpty() || elements.size() > COMPONENTS_MAX) {
      throw new MalformedException(
          elements.size() + " software components: there must be 1 to " + COMPONENTS_MAX);
    }
    List<SoftwareComponent> components = new ArrayList<>();
    elements.forEach(element -> components.add(read(element)));
    return List.copyOf(components);
  }

  private static SoftwareComponent read(Field map) {
    return new SoftwareComponent(
        map.member(TYPE, WHAT).map(field -> field.text(WORD_MAX_BYTES, TYPE.name())),
        digest(map.required(VALUE, WHAT), VALUE.name()),
        map.member(VERSION, WHAT).map(field -> field.text(WORD_MAX_BYTES, VERSION.name())),
        digest(map.required(SIGNER, WHAT), SIGNER.name()));
  }

  /**
   * Reads a digest by SHA-256, SHA-384 or SHA-512 (psa-hash-type).
   *
   * @throws MalformedException if it has another length
   */
  public static Bytes digest(Field field, String what) {
    Bytes digest = field.bytes(32, 64, what);
    if (digest.length() % 16 != 0) {
      throw new MalformedException(what + " has " + digest.length() + " bytes, not 32, 48 or 64");
    }
    return digest;
  }

  /** The claims of a list, each name beginning with the prefix. */
  public static List<Claim> claims(String prefix, List<SoftwareComponent> components) {
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < components.size(); i++) {
      SoftwareComponent component = components.get(i);
      String name = prefix + i;
      claims.add(new Claim.Measurement(name + "/measurement", component.measurement()));
      claims.add(new Claim.Measurement(name + "/signer", component.signer()));
      component.type().ifPresent(type -> claims.add(new Claim.Word(name + "/type", type)));
      component
          .version()
          .ifPresent(version -> claims.add(new Claim.Word(name + "/version", version)));
    }
    return claims;
  }
}
