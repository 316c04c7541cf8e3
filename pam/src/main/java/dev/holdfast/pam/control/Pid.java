package dev.holdfast.pam.control;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * A PID controller whose output is limited, whose integral stops while the output is at the limit
 * that the error pushes it to, and whose derivative is of the measurement, so that a new target is
 * no shock (Åström, Hägglund: Advanced PID Control, sections 3.4 and 3.5).
 */
public final class Pid {
  private Pid() {}

  /**
   * What is controlled, now.
   *
   * @param target where it should be, finite
   * @param measured where it is, finite
   */
  public record Reading(double target, double measured) {}

  /**
   * What a step gives.
   *
   * @param output -limit to limit; above zero where the measurement is below the target
   * @param state for the next step
   */
  public record Step(double output, PidState state) {}

  /**
   * One step.
   *
   * @param gains the weights
   * @param limit the largest output in either direction, above zero
   * @param state from the step before
   * @param reading target and measurement
   * @param elapsed since the step before, above zero
   */
  public static Step step(
      Gains gains, double limit, PidState state, Reading reading, Duration elapsed) {
    double seconds = elapsed.toNanos() / 1e9;
    if (!(seconds > 0) || !(limit > 0)) {
      throw new IllegalArgumentException("time goes on and the limit is above zero");
    }
    double error = reading.target() - reading.measured();
    double slope =
        state.measured().isPresent()
            ? (reading.measured() - state.measured().getAsDouble()) / seconds
            : 0;
    double summed = state.integral() + error * seconds;
    double wished = output(gains, error, summed, slope);
    boolean pushesOn = Math.abs(wished) > limit && Math.signum(wished) == Math.signum(error);
    double integral = pushesOn ? state.integral() : summed;
    double output = output(gains, error, integral, slope);
    return new Step(
        Math.clamp(output, -limit, limit),
        new PidState(integral, OptionalDouble.of(reading.measured())));
  }

  private static double output(Gains gains, double error, double integral, double slope) {
    return gains.proportional() * error
        + gains.integral() * integral
        - gains.derivative() * slope;
  }
}
