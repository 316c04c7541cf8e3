package dev.holdfast.attestation;

import java.util.regex.Pattern;

/**
 * The name of a trust zone: {@code trustZones/{trust_zone}}.
 *
 * @param trustZone its id
 */
public record TrustZoneName(String trustZone) implements Comparable<TrustZoneName> {
  private static final Pattern PATTERN = Names.pattern("trustZones/*");

  /** Refuses ids that no name may hold. */
  public TrustZoneName {
    Names.requireId(trustZone, "trust zone");
  }

  /**
   * Reads a full name.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static TrustZoneName parse(String name) {
    return new TrustZoneName(Names.group(Names.match(PATTERN, name, "trustZones/{trust_zone}"), 1));
  }

  @Override
  public int compareTo(TrustZoneName other) {
    return trustZone.compareTo(other.trustZone);
  }

  /** The full name. */
  @Override
  public String toString() {
    return "trustZones/" + trustZone;
  }
}
