package dev.holdfast.server.config;

import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One revision of what evidence must show, and of what it is compared with.
 *
 * @param policy the rules
 * @param references the values that stand in the policy itself
 * @param manifests further values, each for as long as its manifest is valid
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

  /** All values that are valid at a time. */
  public ReferenceValues references(Instant at) {
    ReferenceValues all = references;
    for (Manifest manifest : manifests) {
      if (manifest.validAt(at)) {
        for (Role role : manifest.roles()) {
          all = all.with(role, manifest.values());
        }
      }
    }
    return all;
  }

  /** When the first manifest for a role ends that is valid at a time; empty if none does. */
  public Optional<Instant> referencesUntil(Role role, Instant at) {
    return manifests.stream()
        .filter(manifest -> manifest.roles().contains(role) && manifest.validAt(at))
        .flatMap(manifest -> manifest.notAfter().stream())
        .min(Instant::compareTo);
  }
}
