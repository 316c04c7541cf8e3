package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Turns an endorsed measurement into claims, and into what conditions can be compared with. */
final class EndorsedValues {
  private static final int WORD_MAX_BYTES = 128;

  private EndorsedValues() {}

  /**
   * The claims: of the element {@code x} {@code x/svn}, {@code x/version}, {@code x/name}, {@code
   * x/serial}, {@code x/digest/sha-256}, {@code x/raw}, {@code x/mode/secure} and so on. A least
   * security version is endorsed as that version. Ranges, masked bytes, keys, registers and words
   * of more than 128 bytes make no claims.
   *
   * @param prefix what the names begin with, if they do not already
   */
  static List<Claim> claims(String prefix, Measurement measurement) {
    Measurement.Values values = measurement.values();
    String own = ReferenceNames.name(measurement);
    String name = own.startsWith(prefix) ? own : prefix + own;
    List<Claim> claims = new ArrayList<>();
    values
        .securityVersion()
        .ifPresent(svn -> claims.add(new Claim.Version(name + "/svn", svn.number())));
    values.version().ifPresent(version -> word(name + "/version", version.text(), claims));
    values.name().ifPresent(text -> word(name + "/name", text, claims));
    values.serialNumber().ifPresent(text -> word(name + "/serial", text, claims));
    for (Digest digest : values.digests()) {
      claims.add(new Claim.Measurement(name + "/digest/" + digest.algorithm(), digest.value()));
    }
    values
        .raw()
        .filter(Measurement.RawValue::isExact)
        .ifPresent(raw -> claims.add(new Claim.Measurement(name + "/raw", raw.value())));
    values.ueid().ifPresent(id -> claims.add(new Claim.Measurement(name + "/ueid", id)));
    values.uuid().ifPresent(id -> word(name + "/uuid", Names.uuid(id), claims));
    Arrays.stream(Measurement.Mode.values())
        .filter(values.modes()::containsKey)
        .forEach(
            mode ->
                claims.add(
                    new Claim.Flag(
                        name + "/mode/" + mode.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        Boolean.TRUE.equals(values.modes().get(mode)))));
    return claims;
  }

  private static void word(String name, String text, List<Claim> claims) {
    if (text.getBytes(StandardCharsets.UTF_8).length <= WORD_MAX_BYTES) {
      claims.add(new Claim.Word(name, text));
    }
  }

  /**
   * The element as conditions see it, once for each digest. A least version is no version, and
   * masked bytes are no bytes, that a condition could rest on.
   */
  static List<Element> elements(Environment environment, Measurement measurement) {
    List<Element> elements = new ArrayList<>();
    for (Reference endorsed : ReferenceNames.references(environment, measurement, "")) {
      if (endorsed.digests().isEmpty()) {
        Optional<Measurement.RawValue> raw = endorsed.raw().filter(Measurement.RawValue::isExact);
        elements.add(element(endorsed, raw.map(Measurement.RawValue::value)));
      }
      for (Digest digest : endorsed.digests()) {
        elements.add(element(endorsed, Optional.of(digest.value())));
      }
    }
    return elements;
  }

  private static Element element(Reference endorsed, Optional<Bytes> value) {
    return new Element(
        endorsed.name(),
        Claim.Endorsed.PREFIX + endorsed.name(),
        value,
        endorsed.signers().stream().findFirst(),
        endorsed.version(),
        endorsed
            .securityVersion()
            .filter(svn -> !svn.minimum())
            .map(Measurement.SecurityVersion::number));
  }
}
