package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.reference.ReferenceSet;
import dev.holdfast.server.collateral.HeldItem;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a manifest (CoRIM) says, whose signature was checked when it was loaded.
 *
 * @param id its identifier, as it says
 * @param digest SHA-256 of its bytes
 * @param roles the roles that it is for
 * @param references its reference values, endorsements and keys
 * @param notBefore when it begins, if it says
 * @param notAfter when the manifest ends, if it does
 */
public record Manifest(
    String id,
    Bytes digest,
    Set<Role> roles,
    ReferenceSet references,
    Optional<Instant> notBefore,
    Optional<Instant> notAfter) {
  /** Copies the set. */
  public Manifest {
    roles = Set.copyOf(roles);
  }

  /** It among what verdicts rest on, if it ends. */
  public Optional<HeldItem> held() {
    return notAfter.map(
        end ->
            new HeldItem(
                HeldItem.Kind.MANIFEST, digest, id, notBefore.orElse(Instant.EPOCH), end, 0));
  }

  boolean validAt(Instant at) {
    return notAfter.isEmpty() || !at.isAfter(notAfter.get());
  }

  boolean speaksOf(Role role, Instant at) {
    return roles.contains(role) && validAt(at);
  }
}
