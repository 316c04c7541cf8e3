package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.Departure.CounterMismatch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Compares what a workload is said to have used with what the hardware and its own interface
 * counted of the same work. A meter that lies, and work that hides from a meter, show in the ratio.
 */
public final class Accounts {
  /** So many samples say what is usual. */
  public static final int BASELINE_MIN = 12;

  /** So many samples in a row must disagree: one may have been cut differently. */
  public static final int DISAGREEING = 3;

  /** No core has more cycles in a second. */
  private static final double CYCLES_MAX = 10e9;

  /** A ratio is another one at this factor, or at six standard deviations if that is more. */
  private static final double FACTOR_MIN = 4;

  private static final double DEVIATIONS = 6;

  private Accounts() {}

  /** A ratio of two accounts of the same work. */
  private enum Ratio {
    CYCLES("cycles in a second of CPU time") {
      @Override
      OptionalDouble of(UsageSample sample) {
        return per(sample.counters().map(HardwareCounters::cycles), sample);
      }
    },
    CALLS("calls of the interface in a second of CPU time") {
      @Override
      OptionalDouble of(UsageSample sample) {
        long calls = sample.apiCalls().values().stream().mapToLong(ApiCalls::ended).sum();
        return sample.apiCalls().isEmpty()
            ? OptionalDouble.empty()
            : per(Optional.of(calls), sample);
      }
    };

    private final String words;

    Ratio(String words) {
      this.words = words;
    }

    abstract OptionalDouble of(UsageSample sample);
  }

  /**
   * The first ratio that the last samples disagree with the earlier ones in.
   *
   * @param samples of one subject, in order of time
   */
  public static Optional<CounterMismatch> mismatch(List<UsageSample> samples) {
    for (Ratio ratio : Ratio.values()) {
      double[] values =
          samples.stream().map(ratio::of).flatMapToDouble(OptionalDouble::stream).toArray();
      Optional<CounterMismatch> found = mismatch(ratio, values);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<CounterMismatch> mismatch(Ratio ratio, double[] values) {
    int earlier = values.length - DISAGREEING;
    if (earlier < 0) {
      return Optional.empty();
    }
    double[] latest = Arrays.copyOfRange(values, earlier, values.length);
    if (ratio == Ratio.CYCLES && Arrays.stream(latest).allMatch(value -> value > CYCLES_MAX)) {
      return Optional.of(new CounterMismatch(ratio.words, Departures.median(latest), 0));
    }
    if (earlier < BASELINE_MIN) {
      return Optional.empty();
    }
    double[] usual = Arrays.stream(values, 0, earlier).map(Math::log1p).toArray();
    double middle = Departures.median(usual);
    double border =
        Math.max(Math.log(FACTOR_MIN), DEVIATIONS * Departures.deviation(usual, middle));
    boolean above = Arrays.stream(latest).allMatch(value -> Math.log1p(value) > middle + border);
    boolean below = Arrays.stream(latest).allMatch(value -> Math.log1p(value) < middle - border);
    return above || below
        ? Optional.of(
            new CounterMismatch(ratio.words, Departures.median(latest), Math.expm1(middle)))
        : Optional.empty();
  }

  /** Counts in a second of CPU time; of no CPU time at all they are taken as in a millisecond. */
  private static OptionalDouble per(Optional<Long> count, UsageSample sample) {
    double seconds =
        sample.usage().get(Resource.CPU_MILLICORES) / 1e3 * sample.period().toNanos() / 1e9;
    return count.isEmpty() || (count.get() == 0 && seconds == 0)
        ? OptionalDouble.empty()
        : OptionalDouble.of(count.get() / Math.max(seconds, 1e-3));
  }
}
