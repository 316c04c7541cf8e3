package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Forecasts one series after another: a model, smoothing and the recent amounts are each asked,
 * blended by how well they have done for the series, and moved to where the quantiles hold. One of
 * these serves one thread.
 */
public final class SeriesForecast {
  private static final int QUANTILES = SeriesState.SHARES.length;

  private final SeriesFeatures features = new SeriesFeatures();
  private final double[] words = new double[ExpertBlend.EXPERTS * QUANTILES];
  private final double[] smoothed = new double[QUANTILES];
  private float[] rows = new float[0];
  private float[] labels = new float[0];

  /**
   * Quantiles for some steps ahead, whose outcome the series and the calibration learn from when it
   * comes.
   *
   * @see #quantiles for the parameters
   */
  public double[][] foretell(
      TrackedSeries series,
      List<SeriesState> companions,
      Optional<? extends QuantileModel> model,
      Calibration calibration,
      Setting setting,
      int[] ahead) {
    return ask(series, companions, model, calibration, setting, true, ahead);
  }

  /**
   * Quantiles for some steps ahead.
   *
   * @param series the series
   * @param companions other series of the same workload, in the order that the model was trained
   *     with
   * @param model says how series go on; empty before one is trained: smoothing then speaks for it
   * @param calibration of this resource
   * @param setting what else is known of the steps asked about
   * @param ahead for each row wanted, steps after the last one folded, 1 or more
   * @return for each of them p50, p90, p95 and p99, at least 0 and rising, and then how much to
   *     hold so that all series together seldom run short
   */
  public double[][] quantiles(
      TrackedSeries series,
      List<SeriesState> companions,
      Optional<? extends QuantileModel> model,
      Calibration calibration,
      Setting setting,
      int[] ahead) {
    return ask(series, companions, model, calibration, setting, false, ahead);
  }

  /**
   * How a quantile of one step ahead comes about.
   *
   * @see #quantiles for the parameters
   */
  public Explanation explain(
      TrackedSeries series,
      List<SeriesState> companions,
      Optional<? extends QuantileModel> model,
      Calibration calibration,
      Setting setting,
      int ahead,
      Quantile quantile) {
    int q = quantile.number() - 1;
    double[] said =
        quantiles(series, companions, model, calibration, setting, new int[] {ahead})[0];
    double[] weights = series.weights(ahead, quantile);
    double blended = 0;
    List<Explanation.Opinion> opinions = new ArrayList<>();
    for (Expert expert : Expert.values()) {
      // What was asked last was this step: these are the words on it.
      double amount = words[expert.index() * QUANTILES + q];
      double weight = weights[expert.index()];
      blended += weight * amount;
      if (expert == Expert.SMOOTHING && model.isEmpty()) {
        weight += weights[Expert.MODEL.index()];
      }
      if (expert != Expert.MODEL || model.isPresent()) {
        opinions.add(new Explanation.Opinion(expert, amount, weight));
      }
    }
    return new Explanation(
        quantile,
        ahead,
        opinions,
        blended,
        said[q],
        model.map(_ -> features.question(ahead, setting)));
  }

  private double[][] ask(
      TrackedSeries series,
      List<SeriesState> companions,
      Optional<? extends QuantileModel> model,
      Calibration calibration,
      Setting setting,
      boolean awaited,
      int[] ahead) {
    SeriesState state = series.state();
    features.at(state, companions);
    if (model.isPresent()) {
      if (rows.length < ahead.length * SeriesFeatures.COUNT) {
        rows = new float[ahead.length * SeriesFeatures.COUNT];
        labels = new float[ahead.length * QUANTILES];
      }
      for (int i = 0; i < ahead.length; i++) {
        features.row(ahead[i], setting, rows, i * SeriesFeatures.COUNT);
      }
      model.get().say(rows, ahead.length, labels);
    }
    double[][] found = new double[ahead.length][TrackedSeries.SAID];
    features.recentQuantiles(SeriesState.SHARES, words, 2 * QUANTILES);
    for (int i = 0; i < ahead.length; i++) {
      features.smoothed(ahead[i], smoothed);
      System.arraycopy(smoothed, 0, words, QUANTILES, QUANTILES);
      if (model.isEmpty()) {
        System.arraycopy(smoothed, 0, words, 0, QUANTILES);
      } else {
        Labels.amounts(labels, i, smoothed[0], state.unit(), words, 0);
        if (setting.changed()) {
          // The others know only what was used under other production inputs.
          System.arraycopy(words, 0, words, QUANTILES, QUANTILES);
          System.arraycopy(words, 0, words, 2 * QUANTILES, QUANTILES);
        }
      }
      series.said(ahead[i], words, calibration, !setting.changed(), awaited, found[i]);
    }
    return found;
  }
}
