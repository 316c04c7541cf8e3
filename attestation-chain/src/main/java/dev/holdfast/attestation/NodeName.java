package dev.holdfast.attestation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a node: {@code trustZones/{trust_zone}/nodes/{node}}.
 *
 * @param trustZone the id of the trust zone
 * @param node the id within it
 */
public record NodeName(String trustZone, String node) implements Comparable<NodeName> {
  private static final Pattern PATTERN = Names.pattern("trustZones/*/nodes/*");

  /** Refuses ids that no name may hold. */
  public NodeName {
    Names.requireId(trustZone, "trust zone");
    Names.requireId(node, "node");
  }

  /**
   * Reads a full name.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static NodeName parse(String name) {
    Matcher matcher = Names.match(PATTERN, name, "trustZones/{trust_zone}/nodes/{node}");
    return new NodeName(Names.group(matcher, 1), Names.group(matcher, 2));
  }

  /** The zone that it is part of. */
  public TrustZoneName zone() {
    return new TrustZoneName(trustZone);
  }

  @Override
  public int compareTo(NodeName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return "trustZones/" + trustZone + "/nodes/" + node;
  }
}
