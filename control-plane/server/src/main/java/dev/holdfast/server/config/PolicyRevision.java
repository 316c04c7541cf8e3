package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import java.security.PublicKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One revision of what evidence must show, and of what it is compared with.
 *
 * @param policy the rules
 * @param references the values that stand in the policy itself
 * @param manifests what manifests say beside, each for as long as it is valid
 * @param revocationRequired whether revocation data must be at hand and current for every
 *     certificate
 */
public record PolicyRevision(
    Policy policy,
    ReferenceValues references,
    List<Manifest> manifests,
    boolean revocationRequired) {
  /** Copies the list. */
  public PolicyRevision {
    manifests = List.copyOf(manifests);
  }

  /** A revision without manifests. */
  public PolicyRevision(Policy policy, ReferenceValues references, boolean revocationRequired) {
    this(policy, references, List.of(), revocationRequired);
  }

  /** The same with manifests. */
  public PolicyRevision withManifests(List<Manifest> of) {
    return new PolicyRevision(policy, references, of, revocationRequired);
  }

  /** All values that are valid at a time. */
  public ReferenceValues references(Instant at) {
    ReferenceValues all = references;
    for (Manifest manifest : manifests) {
      if (manifest.validAt(at)) {
        for (Role role : manifest.roles()) {
          all = all.with(role, manifest.references());
        }
      }
    }
    return all;
  }

  /**
   * The keys by which manifests let platforms of a role sign at a time, by instance identifier. An
   * instance that they give more than one key has none.
   */
  public Map<Bytes, PublicKey> platformKeys(Role role, Instant at) {
    Map<Bytes, Set<PublicKey>> all = new HashMap<>();
    manifests.stream()
        .filter(manifest -> manifest.speaksOf(role, at))
        .forEach(
            manifest ->
                manifest
                    .references()
                    .instanceKeys()
                    .forEach((id, of) -> all.computeIfAbsent(id, _ -> new HashSet<>()).addAll(of)));
    Map<Bytes, PublicKey> keys = new HashMap<>();
    all.forEach(
        (id, of) -> {
          if (of.size() == 1) {
            keys.put(id, of.iterator().next());
          }
        });
    return keys;
  }

  /** When the first manifest for a role ends that is valid at a time; empty if none does. */
  public Optional<Instant> referencesUntil(Role role, Instant at) {
    return manifests.stream()
        .filter(manifest -> manifest.speaksOf(role, at))
        .flatMap(manifest -> manifest.notAfter().stream())
        .min(Instant::compareTo);
  }
}
