package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reference values that came in a manifest (CoRIM) whose signature was checked when it was loaded.
 *
 * @param roles the roles that it is for
 * @param values claim to values
 * @param notAfter when the manifest ends, if it does
 */
public record Manifest(
    Set<Role> roles, Map<String, Set<Bytes>> values, Optional<Instant> notAfter) {
  /** Copies the collections. */
  public Manifest {
    roles = Set.copyOf(roles);
    values = Map.copyOf(values);
  }

  boolean validAt(Instant at) {
    return notAfter.isEmpty() || !at.isAfter(notAfter.get());
  }
}
