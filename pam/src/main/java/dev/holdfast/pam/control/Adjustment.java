package dev.holdfast.pam.control;

import dev.holdfast.pam.model.ResourceVector;

/** What to do about a hold. */
public sealed interface Adjustment {
  /** Leave it. */
  record Keep() implements Adjustment {}

  /** Give it another amount. */
  record Resize(ResourceVector amount) implements Adjustment {}

  /** Attest the pathway; only then give it another amount. */
  record AttestFirst(ResourceVector amount) implements Adjustment {}
}
