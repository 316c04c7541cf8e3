package dev.holdfast.pam.reservation;

import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;

/**
 * Capacity on one pathway; it counts against each node in the resources that the node's role allots.
 *
 * @param amount how much
 * @param attestedAmount the amount when the pathway was last attested for it
 * @param pathway where
 * @param chain why that was trusted when it was committed; of that pathway
 * @param generation goes up with every change that nodes must be told, from 1
 */
public record Hold(
    ResourceVector amount,
    ResourceVector attestedAmount,
    PathwayName pathway,
    ChainName chain,
    long generation) {
  /** Refuses a chain of another pathway and generations below 1. */
  public Hold {
    if (!chain.pathway().equals(pathway)) {
      throw new IllegalArgumentException("chain " + chain + " is not of pathway " + pathway);
    }
    if (generation < 1) {
      throw new Refusal(
          new Problem.Amount("generation", "at least 1", Long.toString(generation)));
    }
  }

  /** A new hold, attested for what it holds. */
  public static Hold of(ResourceVector amount, ChainName chain) {
    return new Hold(amount, amount, chain.pathway(), chain, 1);
  }

  /** The same on another chain, attested for what it now holds. */
  public Hold attested(ChainName by) {
    return new Hold(amount, amount, pathway, by, generation);
  }

  /** Another amount under the same attestation, to be told to the nodes. */
  public Hold resized(ResourceVector to) {
    return new Hold(to, attestedAmount, pathway, chain, generation + 1);
  }

  /** The same, to be told to the nodes again. */
  public Hold renumbered() {
    return resized(amount);
  }
}
