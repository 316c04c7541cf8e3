package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.Role;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The register values that are good, for all nodes of a role and for single nodes.
 *
 * <p>What a node's own list says of a register replaces what its role's says.
 *
 * @param byRole register to values, for every node of the role
 * @param byNode register to values, for one node
 */
public record ReferenceValues(
    Map<Role, Map<Pcr, Set<Bytes>>> byRole, Map<NodeName, Map<Pcr, Set<Bytes>>> byNode) {
  /** None: nothing is trusted. */
  public static final ReferenceValues NONE = new ReferenceValues(Map.of(), Map.of());

  /** Copies all of it; refuses values of another length than their bank's. */
  public ReferenceValues {
    byRole = copy(byRole);
    byNode = copy(byNode);
  }

  /** Every value that the register of the node may hold; empty if there is no word on it. */
  public Set<Bytes> allowed(Role role, NodeName node, Pcr pcr) {
    Set<Bytes> own = byNode.getOrDefault(node, Map.of()).get(pcr);
    return own != null ? own : byRole.getOrDefault(role, Map.of()).getOrDefault(pcr, Set.of());
  }

  /** Every register that something is said of, for the node, in order. */
  public Set<Pcr> registers(Role role, NodeName node) {
    Set<Pcr> registers = new TreeSet<>(byRole.getOrDefault(role, Map.of()).keySet());
    registers.addAll(byNode.getOrDefault(node, Map.of()).keySet());
    return registers;
  }

  private static <K> Map<K, Map<Pcr, Set<Bytes>>> copy(Map<K, Map<Pcr, Set<Bytes>>> source) {
    Map<K, Map<Pcr, Set<Bytes>>> all = new HashMap<>();
    source.forEach(
        (key, registers) -> {
          Map<Pcr, Set<Bytes>> values = new HashMap<>();
          registers.forEach(
              (pcr, digests) -> {
                if (digests.stream().anyMatch(d -> d.length() != pcr.bank().digestLength())) {
                  throw new IllegalArgumentException(
                      "a reference value of " + pcr.claim() + " has another length");
                }
                values.put(pcr, Set.copyOf(digests));
              });
          all.put(key, Map.copyOf(values));
        });
    return Map.copyOf(all);
  }
}
