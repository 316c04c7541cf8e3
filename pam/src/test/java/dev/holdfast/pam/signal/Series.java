package dev.holdfast.pam.signal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;

/**
 * Series at steps of five minutes from a Monday's midnight on, and what a detector says of them.
 */
final class Series {
  static final int DAY = 288;
  static final Instant START = Instant.parse("2026-03-02T00:00:00Z");

  private Series() {}

  static Instant at(int row) {
    return START.plus(Duration.ofMinutes(5).multipliedBy(row));
  }

  static List<Observation> of(int rows, IntToDoubleFunction value) {
    List<Observation> series = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      series.add(new Observation(at(i), value.applyAsDouble(i)));
    }
    return series;
  }

  /** The same with one row observed otherwise. */
  static List<Observation> with(List<Observation> series, int row, double value) {
    List<Observation> changed = new ArrayList<>(series);
    changed.set(row, new Observation(at(row), value));
    return changed;
  }

  /** The same with what a forecast gave for one row. */
  static List<Observation> forecast(List<Observation> series, int row, double forecast) {
    List<Observation> changed = new ArrayList<>(series);
    changed.set(
        row, new Observation(at(row), series.get(row).value(), OptionalDouble.of(forecast)));
    return changed;
  }

  static List<Rating> rated(List<Observation> series) {
    AnomalyDetector detector = new AnomalyDetector(AnomalyDetector.MEMORY_MAX);
    return series.stream().map(detector::next).toList();
  }

  static List<Integer> alarms(List<Observation> series) {
    List<Rating> ratings = rated(series);
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < ratings.size(); i++) {
      if (ratings.get(i).alarm()) {
        rows.add(i);
      }
    }
    return rows;
  }
}
