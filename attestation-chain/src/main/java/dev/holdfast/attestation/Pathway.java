package dev.holdfast.attestation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The ordered nodes that serve one workload, all of one trust zone.
 *
 * @param name its name
 * @param hops 2 to 16, in the order of {@link Role}, no node twice, ending in the one enclave
 */
public record Pathway(PathwayName name, List<Hop> hops) {
  /** Fewest hops. */
  public static final int HOPS_MIN = 2;

  /** Most hops. */
  public static final int HOPS_MAX = 16;

  /**
   * Refuses what is out of order.
   *
   * @throws ChainOrderException with everything that is wrong
   */
  public Pathway {
    hops = List.copyOf(hops);
    List<Finding> wrong = check(name, hops);
    if (!wrong.isEmpty()) {
      throw new ChainOrderException(wrong);
    }
  }

  /** Everything that keeps these hops from being a pathway; empty if nothing does. */
  public static List<Finding> check(PathwayName name, List<Hop> hops) {
    List<Finding> wrong = new ArrayList<>();
    if (hops.size() < HOPS_MIN || hops.size() > HOPS_MAX) {
      wrong.add(order("a pathway has 2 to 16 hops, not " + hops.size(), ""));
    }
    Set<NodeName> seen = new HashSet<>();
    Role before = Role.HYPERVISOR;
    for (int i = 0; i < Math.min(hops.size(), HOPS_MAX + 1); i++) {
      Hop hop = hops.get(i);
      String claim = "hop/" + i;
      if (hop.role().compareTo(before) < 0) {
        wrong.add(
            order(
                hop.role()
                    + " \""
                    + hop.node()
                    + "\" comes after a "
                    + before
                    + ": a pathway goes from hypervisor to enclave",
                claim));
      }
      if (!seen.add(hop.node())) {
        wrong.add(order("node \"" + hop.node() + "\" occurs twice", claim));
      }
      if (!hop.node().zone().equals(name.zone())) {
        wrong.add(order("node \"" + hop.node() + "\" is not of the pathway's trust zone", claim));
      }
      before = hop.role();
    }
    long enclaves = hops.stream().filter(hop -> hop.role() == Role.ENCLAVE).count();
    if (enclaves != 1 || hops.getLast().role() != Role.ENCLAVE) {
      wrong.add(order("a pathway ends in exactly one enclave; this one has " + enclaves, ""));
    }
    return wrong;
  }

  private static Finding order(String message, String claim) {
    return Finding.against(Reason.CHAIN_ORDER, message)
        .at(claim)
        .remedy(
            "List each node once, in the order hypervisor, orchestrator, switch, storage"
                + " controller, enclave, all of one trust zone.");
  }
}
