package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.InputValue;
import java.util.Map;

/**
 * What is known of a step of a series besides amounts.
 *
 * @param inputs the production inputs
 * @param callsPerSecond calls of the workload's API; NaN where none were counted
 * @param instructionsPerSecond instructions retired; NaN where hardware counted none
 * @param cyclesPerSecond CPU cycles; NaN where hardware counted none
 */
public record Around(
    Map<String, InputValue> inputs,
    double callsPerSecond,
    double instructionsPerSecond,
    double cyclesPerSecond) {
  /** Nothing is known. */
  public static final Around NOTHING = new Around(Map.of(), Double.NaN, Double.NaN, Double.NaN);

  /** Copies. */
  public Around {
    inputs = Map.copyOf(inputs);
  }

  /** How hard instructions were to run: it rises where caches or memory keep processors waiting. */
  double cyclesPerInstruction() {
    return instructionsPerSecond > 0 ? cyclesPerSecond / instructionsPerSecond : Double.NaN;
  }
}
