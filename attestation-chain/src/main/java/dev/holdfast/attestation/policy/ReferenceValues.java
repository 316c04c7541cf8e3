package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.reference.ReferenceSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The values that claims may have, for all nodes of a role and for single nodes, the keys of their
 * devices, and what manifests say beside.
 *
 * <p>Values go by the claim's name, such as {@code pcr/sha256/7}, {@code snp/measurement} or, of a
 * device, {@code gpu-0/spdm/measurement/3}. Digests of files go by {@code ima/file} and their path,
 * such as {@code ima/file/usr/bin/sh}; of whatever else the kernel measures by {@code ima/name/}
 * and its name, such as {@code ima/name/.ima} for keys loaded into a keyring. What a node's own
 * list says of a claim replaces what its role's says.
 *
 * @param byRole claim to values, for every node of the role
 * @param byNode claim to values, for one node
 * @param devices SHA-256 of the public key (SubjectPublicKeyInfo) of each device of a node, by
 *     component: a genuine device elsewhere proves nothing
 * @param manifests what accepted manifests say, for every node of the role; a claim passes by them
 *     or by the values above
 */
public record ReferenceValues(
    Map<Role, Map<String, Set<Bytes>>> byRole,
    Map<NodeName, Map<String, Set<Bytes>>> byNode,
    Map<NodeName, Map<String, Bytes>> devices,
    Map<Role, List<ReferenceSet>> manifests) {
  /** None: nothing is trusted. */
  public static final ReferenceValues NONE = new ReferenceValues(Map.of(), Map.of(), Map.of());

  private static final String FILE = "ima/file";
  private static final String NAMED = "ima/name/";

  /** Copies all of it; refuses register values of another length than their bank's. */
  public ReferenceValues {
    byRole = copy(byRole);
    byNode = copy(byNode);
    Map<NodeName, Map<String, Bytes>> keys = new HashMap<>();
    devices.forEach((node, components) -> keys.put(node, Map.copyOf(components)));
    devices = Map.copyOf(keys);
    Map<Role, List<ReferenceSet>> sets = new HashMap<>();
    manifests.forEach((role, of) -> sets.put(role, List.copyOf(of)));
    manifests = Map.copyOf(sets);
  }

  /** Values without manifests. */
  public ReferenceValues(
      Map<Role, Map<String, Set<Bytes>>> byRole,
      Map<NodeName, Map<String, Set<Bytes>>> byNode,
      Map<NodeName, Map<String, Bytes>> devices) {
    this(byRole, byNode, devices, Map.of());
  }

  /** Values of registers only. */
  public static ReferenceValues ofRegisters(
      Map<Role, Map<Pcr, Set<Bytes>>> byRole, Map<NodeName, Map<Pcr, Set<Bytes>>> byNode) {
    return new ReferenceValues(named(byRole), named(byNode), Map.of());
  }

  /** These, and what a manifest says of every node of a role. */
  public ReferenceValues with(Role role, ReferenceSet manifest) {
    Map<Role, List<ReferenceSet>> all = new HashMap<>(manifests);
    List<ReferenceSet> ofRole = new ArrayList<>(all.getOrDefault(role, List.of()));
    ofRole.add(manifest);
    all.put(role, ofRole);
    return new ReferenceValues(byRole, byNode, devices, all);
  }

  /** What manifests say of nodes of a role. */
  public List<ReferenceSet> manifests(Role role) {
    return manifests.getOrDefault(role, List.of());
  }

  /** Whether the node's own list speaks of a claim, and so replaces whatever else does. */
  boolean isRuledAlone(NodeName node, String claim) {
    return byNode.getOrDefault(node, Map.of()).containsKey(claim);
  }

  /** Every value that the claim may have on the node; empty if there is no word on it. */
  public Set<Bytes> allowed(Role role, NodeName node, String claim) {
    Set<Bytes> own = byNode.getOrDefault(node, Map.of()).get(claim);
    return own != null ? own : byRole.getOrDefault(role, Map.of()).getOrDefault(claim, Set.of());
  }

  /** Every claim that something is said of, for the node, in order. */
  public Set<String> claims(Role role, NodeName node) {
    Set<String> claims = new TreeSet<>(byRole.getOrDefault(role, Map.of()).keySet());
    claims.addAll(byNode.getOrDefault(node, Map.of()).keySet());
    return claims;
  }

  /** The claim that the digest of a file goes by, or of whatever else the kernel measures. */
  public static String fileClaim(String name) {
    return (name.startsWith("/") ? FILE : NAMED) + name;
  }

  /** What the files of a node may hold: digests by path, or by another name. */
  public Map<String, Set<Bytes>> files(Role role, NodeName node) {
    Map<String, Set<Bytes>> files = new HashMap<>();
    for (ReferenceSet manifest : manifests(role)) {
      manifest.measurements("ima/").forEach((claim, digests) -> add(files, claim, digests));
    }
    byRole.getOrDefault(role, Map.of()).forEach((claim, digests) -> add(files, claim, digests));
    byNode
        .getOrDefault(node, Map.of())
        .forEach((claim, digests) -> fileOf(claim).ifPresent(file -> files.put(file, digests)));
    return files;
  }

  private static void add(Map<String, Set<Bytes>> files, String claim, Set<Bytes> digests) {
    fileOf(claim)
        .ifPresent(
            file ->
                files.merge(
                    file,
                    digests,
                    (one, other) -> {
                      Set<Bytes> both = new HashSet<>(one);
                      both.addAll(other);
                      return both;
                    }));
  }

  private static Optional<String> fileOf(String claim) {
    if (claim.startsWith(FILE + "/")) {
      return Optional.of(claim.substring(FILE.length()));
    }
    return claim.startsWith(NAMED)
        ? Optional.of(claim.substring(NAMED.length()))
        : Optional.empty();
  }

  /** The devices of a node: component to SHA-256 of the public key. */
  public Map<String, Bytes> devices(NodeName node) {
    return devices.getOrDefault(node, Map.of());
  }

  private static <K> Map<K, Map<String, Set<Bytes>>> named(Map<K, Map<Pcr, Set<Bytes>>> source) {
    Map<K, Map<String, Set<Bytes>>> named = new HashMap<>();
    source.forEach(
        (key, registers) -> {
          Map<String, Set<Bytes>> values = new HashMap<>();
          registers.forEach((pcr, digests) -> values.put(pcr.claim(), digests));
          named.put(key, values);
        });
    return named;
  }

  private static <K> Map<K, Map<String, Set<Bytes>>> copy(Map<K, Map<String, Set<Bytes>>> source) {
    Map<K, Map<String, Set<Bytes>>> all = new HashMap<>();
    source.forEach(
        (key, claims) -> {
          Map<String, Set<Bytes>> values = new HashMap<>();
          claims.forEach(
              (claim, allowed) -> {
                requireLength(claim, allowed);
                values.put(claim, Set.copyOf(allowed));
              });
          all.put(key, Map.copyOf(values));
        });
    return Map.copyOf(all);
  }

  private static void requireLength(String claim, Set<Bytes> allowed) {
    for (PcrBank bank : PcrBank.values()) {
      if (claim.startsWith("pcr/" + bank.label() + "/")
          && allowed.stream().anyMatch(value -> value.length() != bank.digestLength())) {
        throw new IllegalArgumentException("a reference value of " + claim + " has another length");
      }
    }
  }
}
