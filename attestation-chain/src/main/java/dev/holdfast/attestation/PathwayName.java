package dev.holdfast.attestation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a pathway: {@code trustZones/{trust_zone}/pathways/{pathway}}.
 *
 * @param trustZone the id of the trust zone
 * @param pathway the id within it
 */
public record PathwayName(String trustZone, String pathway) implements Comparable<PathwayName> {
  private static final Pattern PATTERN = Names.pattern("trustZones/*/pathways/*");

  /** Refuses ids that no name may hold. */
  public PathwayName {
    Names.requireId(trustZone, "trust zone");
    Names.requireId(pathway, "pathway");
  }

  /**
   * Reads a full name.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static PathwayName parse(String name) {
    Matcher matcher = Names.match(PATTERN, name, "trustZones/{trust_zone}/pathways/{pathway}");
    return new PathwayName(Names.group(matcher, 1), Names.group(matcher, 2));
  }

  /** The zone that it is part of. */
  public TrustZoneName zone() {
    return new TrustZoneName(trustZone);
  }

  @Override
  public int compareTo(PathwayName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return "trustZones/" + trustZone + "/pathways/" + pathway;
  }
}
