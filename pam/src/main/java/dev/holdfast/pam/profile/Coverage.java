package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;

/**
 * How often past forecasts of one resource held.
 *
 * @param outcomes samples compared with their forecast
 * @param p50 those at or below p50
 * @param p90 those at or below p90
 * @param p95 those at or below p95
 * @param p99 those at or below p99
 */
public record Coverage(long outcomes, long p50, long p90, long p95, long p99) {
  /** Nothing compared yet. */
  public static final Coverage NONE = new Coverage(0, 0, 0, 0, 0);

  /** Refuses counts that contradict each other. */
  public Coverage {
    if (p50 < 0 || p90 < p50 || p95 < p90 || p99 < p95 || outcomes < p99) {
      throw new IllegalArgumentException("counts of coverage rise from p50 to all outcomes");
    }
  }

  /** With one more outcome. */
  public Coverage plus(Resource resource, Quantiles band, long used) {
    return new Coverage(
        outcomes + 1,
        p50 + held(band, Quantile.P50, resource, used),
        p90 + held(band, Quantile.P90, resource, used),
        p95 + held(band, Quantile.P95, resource, used),
        p99 + held(band, Quantile.P99, resource, used));
  }

  /** With those of other forecasts. */
  public Coverage plus(Coverage other) {
    return new Coverage(
        outcomes + other.outcomes,
        p50 + other.p50,
        p90 + other.p90,
        p95 + other.p95,
        p99 + other.p99);
  }

  /** The share of outcomes at or below a quantile, 0 to 1; 0 before the first outcome. */
  public double share(Quantile quantile) {
    long held =
        switch (quantile) {
          case P50 -> p50;
          case P90 -> p90;
          case P95 -> p95;
          case P99 -> p99;
        };
    return outcomes == 0 ? 0 : (double) held / outcomes;
  }

  private static long held(Quantiles band, Quantile quantile, Resource resource, long used) {
    return used <= band.at(quantile).get(resource) ? 1 : 0;
  }
}
