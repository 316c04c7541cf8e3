package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.signal.Departure.Leak;
import dev.holdfast.pam.signal.Departure.LevelShift;
import dev.holdfast.pam.signal.Departure.OutOfPattern;
import dev.holdfast.pam.signal.Departure.Spike;
import dev.holdfast.pam.signal.Departure.Stall;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Names what a series did, from its latest observations: pure functions, each with a condition that
 * can be read in the evidence.
 */
public final class Departures {
  /** The fewest observations that anything is named from. */
  public static final int OBSERVATIONS_MIN = 48;

  /** Chance puts twelve values in order once in 479,001,600. */
  private static final int LEAK_PARTS = 12;

  /** Less growth than this share of what there was at first is no leak worth a word. */
  private static final double LEAK_GROWTH_MIN = 0.1;

  /** A new level, and a stall, lasts for as many observations at least. */
  private static final int LASTING_MIN = 6;

  /** A level is another one, and a value a spike, at so many standard deviations. */
  private static final double DEVIATIONS = 4;

  /** A median distance from the median, times this, is a standard deviation of normal noise. */
  private static final double DEVIATION_OF_MEDIAN = 1.4826;

  private Departures() {}

  /**
   * What an alarm at the last of these observations is about. Only what is held can leak: a rate
   * that rises all morning is just a morning.
   *
   * @param latest in order of time; at least {@link #OBSERVATIONS_MIN}
   */
  public static Departure of(Resource resource, List<Observation> latest) {
    Optional<Leak> leak = resource.isRate() ? Optional.empty() : leak(latest);
    return leak.<Departure>map(found -> found)
        .or(() -> stall(latest))
        .or(() -> levelShift(latest))
        .or(() -> spike(latest))
        .orElseGet(() -> new OutOfPattern(latest.getLast().value()));
  }

  /** Growth over all that is given, if that is what it is. */
  public static Optional<Leak> leak(List<Observation> latest) {
    double[] values = values(latest);
    double[] least = new double[LEAK_PARTS];
    for (int part = 0; part < LEAK_PARTS; part++) {
      int from = part * values.length / LEAK_PARTS;
      int to = (part + 1) * values.length / LEAK_PARTS;
      least[part] = Arrays.stream(values, from, to).min().orElseThrow();
      if (part > 0 && least[part] <= least[part - 1]) {
        return Optional.empty();
      }
    }
    double first = least[0];
    double last = least[LEAK_PARTS - 1];
    Duration span = Duration.between(latest.getFirst().at(), latest.getLast().at());
    return last - first < LEAK_GROWTH_MIN * Math.abs(first)
        ? Optional.empty()
        : Optional.of(new Leak(first, last, span));
  }

  /** Values that are all the same up to the last, after others that hardly ever repeated. */
  public static Optional<Stall> stall(List<Observation> latest) {
    double[] values = values(latest);
    double value = values[values.length - 1];
    int from = values.length;
    while (from > 0 && values[from - 1] == value) {
      from--;
    }
    int standing = values.length - from;
    int before = longestRun(values, from);
    double usual = from == 0 ? value : median(Arrays.copyOf(values, from));
    return standing >= LASTING_MIN
            && from >= 2 * LASTING_MIN
            && standing > 2 * before
            && usual != value
        ? Optional.of(new Stall(value, usual, latest.get(from).at(), standing))
        : Optional.empty();
  }

  private static int longestRun(double[] values, int until) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < until; i++) {
      run = i > 0 && values[i] == values[i - 1] ? run + 1 : 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  /** Two levels with one change between them, the later of which lasts up to now. */
  public static Optional<LevelShift> levelShift(List<Observation> latest) {
    double[] values = values(latest);
    int change = change(values);
    double[] before = Arrays.copyOf(values, change);
    double[] since = Arrays.copyOfRange(values, change, values.length);
    double from = median(before);
    double to = median(since);
    double deviation = Math.max(deviation(before, from), deviation(since, to));
    return from != to && Math.abs(to - from) >= DEVIATIONS * deviation
        ? Optional.of(new LevelShift(from, to, latest.get(change).at()))
        : Optional.empty();
  }

  /** Where two means, one on either side, leave the least squares over. */
  private static int change(double[] values) {
    double[] sums = new double[values.length + 1];
    double scale = Arrays.stream(values).map(Math::abs).max().orElse(0);
    for (int i = 0; i < values.length; i++) {
      sums[i + 1] = sums[i] + (scale == 0 ? 0 : values[i] / scale);
    }
    int best = LASTING_MIN;
    double most = -1;
    for (int i = LASTING_MIN; i <= values.length - LASTING_MIN; i++) {
      double left = sums[i] / i;
      double right = (sums[values.length] - sums[i]) / (values.length - i);
      double between = (left - right) * (left - right) * i * (values.length - i);
      if (between > most) {
        most = between;
        best = i;
      }
    }
    return best;
  }

  /** A value among the last few that is far from all before, whichever way. */
  public static Optional<Spike> spike(List<Observation> latest) {
    double[] values = values(latest);
    double[] before = Arrays.copyOf(values, values.length - LASTING_MIN);
    double usual = median(before);
    double deviation = deviation(before, usual);
    double farthest = values[values.length - 1];
    for (int i = before.length; i < values.length; i++) {
      farthest = Math.abs(values[i] - usual) > Math.abs(farthest - usual) ? values[i] : farthest;
    }
    double reach = farthest;
    boolean unseen =
        Arrays.stream(before).allMatch(value -> Math.abs(value - usual) < Math.abs(reach - usual));
    return unseen && Math.abs(farthest - usual) > DEVIATIONS * deviation
        ? Optional.of(new Spike(farthest, usual, deviation / DEVIATION_OF_MEDIAN))
        : Optional.empty();
  }

  private static double[] values(List<Observation> latest) {
    if (latest.size() < OBSERVATIONS_MIN) {
      throw new IllegalArgumentException(
          "a departure is named from 48 observations or more, not " + latest.size());
    }
    return latest.stream().mapToDouble(Observation::value).toArray();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
  }

  /** The standard deviation of values around their median, as if a few of them were not there. */
  static double deviation(double[] values, double median) {
    return DEVIATION_OF_MEDIAN
        * median(Arrays.stream(values).map(value -> Math.abs(value - median)).toArray());
  }
}
