package dev.holdfast.pam.control;

import java.util.OptionalDouble;

/**
 * What a PID controller remembers from one step to the next.
 *
 * @param integral the error summed over time, in seconds
 * @param measured the measurement of the step before; empty before the first
 */
public record PidState(double integral, OptionalDouble measured) {
  /** Before the first step. */
  public static final PidState INITIAL = new PidState(0, OptionalDouble.empty());

  /** Refuses what is not finite: it would never recover. */
  public PidState {
    if (!Double.isFinite(integral) || !Double.isFinite(measured.orElse(0))) {
      throw new IllegalArgumentException("a controller's state is finite");
    }
  }
}
