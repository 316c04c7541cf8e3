package dev.holdfast.server.config;

import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.reference.ReferenceSet;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a manifest (CoRIM) says, whose signature was checked when it was loaded.
 *
 * @param roles the roles that it is for
 * @param references its reference values, endorsements and keys
 * @param notAfter when the manifest ends, if it does
 */
public record Manifest(Set<Role> roles, ReferenceSet references, Optional<Instant> notAfter) {
  /** Copies the set. */
  public Manifest {
    roles = Set.copyOf(roles);
  }

  boolean validAt(Instant at) {
    return notAfter.isEmpty() || !at.isAfter(notAfter.get());
  }

  boolean speaksOf(Role role, Instant at) {
    return roles.contains(role) && validAt(at);
  }
}
