package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.Interval;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Expects the next run of a workload from the times of the past ones. */
public final class Arrivals {
  /** How long after a first run a second one is expected. */
  public static final Duration AFTER_FIRST_RUN = Duration.ofHours(1);

  /** How many expected runs in a row may stay away before no more is expected. */
  public static final int MISSED_MAX = 3;

  private static final Duration SLACK_MIN = Duration.ofSeconds(30);

  private Arrivals() {}

  /**
   * When the next run is expected to start; empty if it cannot be said. The interval ends after now.
   *
   * <p>With one past run: from its end on. With more: a median gap after the latest start, give or
   * take a quarter of it, or the gaps' median deviation, or 30 seconds, whichever is more.
   */
  public static Optional<Interval> nextStart(Profile profile, Instant now) {
    List<Run> runs = profile.runs();
    if (runs.isEmpty()) {
      return Optional.empty();
    }
    if (runs.size() == 1) {
      return runs.getFirst()
          .endedAt()
          .map(end -> Interval.from(end, AFTER_FIRST_RUN))
          .filter(window -> window.end().isAfter(now));
    }
    List<Duration> gaps = new ArrayList<>();
    for (int i = 1; i < runs.size(); i++) {
      gaps.add(Duration.between(runs.get(i - 1).startedAt(), runs.get(i).startedAt()));
    }
    Duration gap = median(gaps);
    Duration slack = slack(gaps, gap);
    Instant expected = runs.getLast().startedAt();
    for (int missed = 0; missed <= MISSED_MAX; missed++) {
      expected = expected.plus(gap);
      if (expected.plus(slack).isAfter(now)) {
        return Optional.of(new Interval(expected.minus(slack), expected.plus(slack)));
      }
    }
    return Optional.empty();
  }

  /** How long runs usually last; empty before one has ended. */
  public static Optional<Duration> usualLength(Profile profile) {
    List<Duration> lengths = new ArrayList<>();
    for (Run run : profile.runs()) {
      run.endedAt().ifPresent(end -> lengths.add(Duration.between(run.startedAt(), end)));
    }
    return lengths.isEmpty() ? Optional.empty() : Optional.of(median(lengths));
  }

  private static Duration slack(List<Duration> gaps, Duration gap) {
    List<Duration> deviations = gaps.stream().map(one -> one.minus(gap).abs()).toList();
    Duration slack = median(deviations);
    Duration quarter = gap.dividedBy(4);
    slack = slack.compareTo(quarter) >= 0 ? slack : quarter;
    return slack.compareTo(SLACK_MIN) >= 0 ? slack : SLACK_MIN;
  }

  private static Duration median(List<Duration> durations) {
    List<Duration> sorted = durations.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
