package dev.holdfast.pam.plan;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.reservation.Hold;

/** What is decided about a request for capacity. */
public sealed interface Decision {
  /** Capacity is there: commit this hold. */
  record Admit(Hold hold) implements Decision {}

  /** It is not, and why. */
  record Refuse(Problem problem) implements Decision {}
}
