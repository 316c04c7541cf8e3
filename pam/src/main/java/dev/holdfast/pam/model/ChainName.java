package dev.holdfast.pam.model;

import dev.holdfast.attestation.PathwayName;
import java.util.List;

/**
 * The name of an attestation chain: {@code
 * trustZones/{trust_zone}/pathways/{pathway}/attestationChains/{attestation_chain}}.
 *
 * @param pathway whose chain it is
 * @param chain its id within the pathway, 1 to 63 of [a-z0-9-], starting with a letter
 */
public record ChainName(PathwayName pathway, String chain) implements Comparable<ChainName> {
  private static final String FORM = "trustZones/*/pathways/*/attestationChains/*";

  /** Refuses ids that no name may hold. */
  public ChainName {
    Ids.require("attestation_chain", chain);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static ChainName parse(String name) {
    List<String> ids = Ids.split("attestation_chain", FORM, name);
    Ids.require("trust_zone", ids.get(0));
    Ids.require("pathway", ids.get(1));
    return new ChainName(new PathwayName(ids.get(0), ids.get(1)), ids.get(2));
  }

  @Override
  public int compareTo(ChainName other) {
    return toString().compareTo(other.toString());
  }

  /** The full name. */
  @Override
  public String toString() {
    return pathway + "/attestationChains/" + chain;
  }
}
