package dev.holdfast.pam.forecast.series;

import java.util.List;

/**
 * How far each column of one row moved what a model says of it, at one of its quantiles: Shapley
 * values (Lundberg, Lee: A Unified Approach to Interpreting Model Predictions, 2017; for trees
 * Lundberg et al.: From Local Explanations to Global Understanding, 2020).
 *
 * @param base what the model says in the mean of the rows that it was trained on
 * @param columns what each column adds to that, {@link SeriesFeatures#COUNT} numbers in their order
 */
public record Contributions(double base, List<Double> columns) {
  /** Copies. */
  public Contributions {
    columns = List.copyOf(columns);
    if (columns.size() != SeriesFeatures.COUNT) {
      throw new IllegalArgumentException(columns.size() + " columns");
    }
  }

  /** What the model says: all of it together. */
  public double said() {
    return base + columns.stream().mapToDouble(Double::doubleValue).sum();
  }
}
