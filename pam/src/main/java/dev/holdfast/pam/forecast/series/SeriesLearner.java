package dev.holdfast.pam.forecast.series;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.registry.ModelKind;
import java.util.SortedMap;

/**
 * One way to learn how the series of a resource go on, over all workloads. May block in native
 * code: it is called on a platform thread kept for that.
 */
public interface SeriesLearner {
  /** Which way. */
  ModelKind kind();

  /** A model of some rows; the same rows and seed give the same bytes. */
  Bytes train(TrainingRows rows, long seed);

  /**
   * A model that {@link #train} gave, here or elsewhere.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  QuantileModel read(Bytes model);

  /** How it trains, by name, as a model's card tells it. */
  SortedMap<String, String> parameters();
}
