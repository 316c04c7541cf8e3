package dev.holdfast.tests.fault.history;

import java.util.List;
import java.util.Map;

/**
 * The nodes and pathways that a history is about.
 *
 * @param pathways each with its hypervisor and its switch
 * @param capacities of the nodes, in the resource that counts there
 */
public record Site(Map<String, Route> pathways, Map<String, Long> capacities) {
  /** Copies both. */
  public Site {
    pathways = Map.copyOf(pathways);
    capacities = Map.copyOf(capacities);
  }

  /** Where the parts of an amount count. */
  public record Route(String hypervisor, String network) {
    /** The part of an amount that counts on a node; the node is on the route. */
    long part(String node, Amount amount) {
      return node.equals(hypervisor) ? amount.cpu() : amount.network();
    }

    /** Both nodes. */
    List<String> nodes() {
      return List.of(hypervisor, network);
    }
  }
}
