package dev.holdfast.pam.forecast.series;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.registry.ModelKind;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;

/**
 * One way to learn how the series of a resource go on, over all workloads. May block in native
 * code: it is called on a platform thread kept for that.
 */
public interface SeriesLearner {
  /** Every way to learn that is on the class path. */
  static List<SeriesLearner> found() {
    return ServiceLoader.load(SeriesLearner.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

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

  /**
   * How far each column of a row moved what a model says of it, at p50, p90, p95 and p99; empty
   * where this way of learning cannot tell.
   *
   * @param model what {@link #train} gave
   * @param row {@link SeriesFeatures#COUNT} numbers
   * @throws IllegalArgumentException if the bytes are no model
   */
  default Optional<List<Contributions>> contributions(Bytes model, float[] row) {
    return Optional.empty();
  }

  /** How it trains, by name, as a model's card tells it. */
  SortedMap<String, String> parameters();
}
