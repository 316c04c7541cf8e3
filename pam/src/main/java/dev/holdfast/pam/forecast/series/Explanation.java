package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;
import java.util.List;
import java.util.Optional;

/**
 * How what is said of one step of a series came about, at one quantile.
 *
 * @param quantile which
 * @param ahead steps after the last one folded, 1 or more
 * @param opinions what those said that were asked
 * @param blended what they say together
 * @param said that, with the chance that the last amount stays, moved to where quantiles hold: what
 *     is said of the step
 * @param question what the model was asked; empty where there is none
 */
public record Explanation(
    Quantile quantile,
    int ahead,
    List<Opinion> opinions,
    double blended,
    double said,
    Optional<ModelQuestion> question) {
  /** Copies. */
  public Explanation {
    opinions = List.copyOf(opinions);
  }

  /**
   * What one of them said.
   *
   * @param amount in the unit of the series
   * @param weight its share in what they say together, 0 to 1
   */
  public record Opinion(Expert expert, double amount, double weight) {}
}
