package dev.holdfast.store.ledger;

import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.ResourceVector;
import java.util.Optional;

/**
 * Where a reservation is to be held, as the planner decided.
 *
 * @param pathway on which pathway
 * @param amount how much, not zero
 * @param quota the most that the tenant may hold in all; empty: no such limit
 */
public record Admission(
    PathwayName pathway, ResourceVector amount, Optional<ResourceVector> quota) {
  public Admission {
    if (amount.isZero()) {
      throw new IllegalArgumentException("an admission is of something");
    }
  }
}
