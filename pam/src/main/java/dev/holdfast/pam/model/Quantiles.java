package dev.holdfast.pam.model;

/**
 * Demand at four quantiles, which never cross: in every resource p50 ≤ p90 ≤ p95 ≤ p99.
 *
 * @param p50 exceeded half of the time
 * @param p90 exceeded one time in ten
 * @param p95 exceeded one time in twenty
 * @param p99 exceeded one time in a hundred
 */
public record Quantiles(
    ResourceVector p50, ResourceVector p90, ResourceVector p95, ResourceVector p99) {
  /** Refuses quantiles that cross. */
  public Quantiles {
    if (!p50.fitsWithin(p90) || !p90.fitsWithin(p95) || !p95.fitsWithin(p99)) {
      throw new IllegalArgumentException(
          "quantiles cross: " + p50 + ", " + p90 + ", " + p95 + ", " + p99);
    }
  }

  /** One amount at every quantile: a figure that says nothing of its spread. */
  public static Quantiles constant(ResourceVector amount) {
    return new Quantiles(amount, amount, amount, amount);
  }

  /** The demand at one quantile. */
  public ResourceVector at(Quantile quantile) {
    return switch (quantile) {
      case P50 -> p50;
      case P90 -> p90;
      case P95 -> p95;
      case P99 -> p99;
    };
  }

  /** The larger of the two at each quantile and resource. */
  public Quantiles max(Quantiles other) {
    return new Quantiles(
        p50.max(other.p50), p90.max(other.p90), p95.max(other.p95), p99.max(other.p99));
  }
}
