package dev.holdfast.store.ledger;

import dev.holdfast.pam.model.ResourceVector;

/**
 * What reservations hold together: on a node, of a tenant or on a pathway.
 *
 * @param amount the sum over every reservation that is holding
 * @param holds how many those are
 */
public record Held(ResourceVector amount, int holds) {
  /** Nothing was ever held. */
  public static final Held NOTHING = new Held(ResourceVector.ZERO, 0);
}
