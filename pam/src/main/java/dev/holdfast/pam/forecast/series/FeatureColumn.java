package dev.holdfast.pam.forecast.series;

import java.util.ArrayList;
import java.util.List;

/**
 * What one column of {@link SeriesFeatures} is about.
 *
 * @param words what it tells, as part of a sentence
 * @param group which others say much the same
 * @param unit what its numbers are
 * @param companion which other series of the workload it tells of, from 1 on; 0 where it is the
 *     series itself
 */
public record FeatureColumn(String words, FeatureGroup group, FeatureUnit unit, int companion) {
  /** What tells it from all others. */
  public String name() {
    return companion == 0 ? words : "companion " + companion + ": " + words;
  }

  /** The columns of a row, in order. */
  static List<FeatureColumn> all(int[] lags, int[] windows, double[] recentShares) {
    Row row = new Row();
    for (int lag : lags) {
      String words = lag == 0 ? "the last amount" : "the amount " + lag + " steps before the last";
      row.amount(FeatureGroup.LATELY, words);
    }
    row.windows(windows, FeatureGroup.LATELY, "mean");
    row.windows(windows, FeatureGroup.HIGHS, "maximum");
    row.windows(windows, FeatureGroup.VARIATION, "deviation");
    row.windows(windows, FeatureGroup.LATELY, "minimum");
    row.amount(FeatureGroup.TREND, "the trend of the last 12 steps");
    row.amount(FeatureGroup.TREND, "the trend of the last 72 steps");
    for (double rate : SeriesState.RATES) {
      row.amount(FeatureGroup.LATELY, "the mean at rate " + rate);
    }
    row.amount(FeatureGroup.VARIATION, "the change between steps of late");
    row.amount(FeatureGroup.VARIATION, "the usual change between steps");
    for (double share : SeriesState.HIGH_SHARES) {
      row.amount(FeatureGroup.HIGHS, "the usual high at " + share);
    }
    row.amount(FeatureGroup.HIGHS, "the highest amount so far");
    row.add(
        FeatureGroup.VARIATION, FeatureUnit.SHARE, "how often smoothing's p90 was short of late");
    for (double share : recentShares) {
      row.amount(FeatureGroup.HIGHS, "the recent quantile at " + share);
    }
    row.add(FeatureGroup.PEAKS, FeatureUnit.COUNT, "peaks of late");
    row.amount(FeatureGroup.PEAKS, "what counts as a peak");
    row.add(FeatureGroup.PEAKS, FeatureUnit.STEPS, "the time between the last two peaks");
    row.add(FeatureGroup.PEAKS, FeatureUnit.STEPS, "the time between the two peaks before");
    row.add(FeatureGroup.RHYTHM, FeatureUnit.SHARE, "the strength of the rhythm");
    row.add(FeatureGroup.RHYTHM, FeatureUnit.STEPS, "the length of the rhythm");
    row.add(FeatureGroup.SERIES, FeatureUnit.STEPS, "the time without a sample");
    row.add(FeatureGroup.SERIES, FeatureUnit.LOG_AMOUNT, "the size of the series");
    row.add(FeatureGroup.SERIES, FeatureUnit.DAYS, "the time known");
    row.companions("the last amount", "the mean at rate 0.3", "the mean at rate 0.1");
    // From here on, columns depend on the step asked about.
    row.companions("the usual mean at this time of day", "the usual peak at this time of day");
    row.calendar();
    row.past();
    row.add(FeatureGroup.AHEAD, FeatureUnit.STEPS, "how far ahead it is");
    row.circumstances();
    return List.copyOf(row.columns);
  }

  /** Columns, one after another. */
  private static final class Row {
    private final List<FeatureColumn> columns = new ArrayList<>();

    void add(FeatureGroup group, FeatureUnit unit, String words) {
      columns.add(new FeatureColumn(words, group, unit, 0));
    }

    void amount(FeatureGroup group, String... words) {
      for (String one : words) {
        add(group, FeatureUnit.AMOUNT, one);
      }
    }

    void windows(int[] windows, FeatureGroup group, String what) {
      for (int window : windows) {
        amount(group, "the " + what + " of the last " + window + " steps");
      }
    }

    void companions(String... words) {
      for (int i = 1; i <= SeriesFeatures.COMPANIONS_MAX; i++) {
        for (String one : words) {
          columns.add(new FeatureColumn(one, FeatureGroup.COMPANIONS, FeatureUnit.AMOUNT, i));
        }
      }
    }

    void calendar() {
      add(FeatureGroup.CALENDAR, FeatureUnit.TIME_OF_DAY, "how near the morning it is");
      add(FeatureGroup.CALENDAR, FeatureUnit.TIME_OF_DAY, "how near midnight it is");
      add(FeatureGroup.CALENDAR, FeatureUnit.MINUTES, "the minute of the hour");
      add(FeatureGroup.CALENDAR, FeatureUnit.MINUTES, "the minute of six hours");
      add(FeatureGroup.CALENDAR, FeatureUnit.WEEKDAY, "the day of the week");
    }

    /** Those of a {@link Setting}. */
    void circumstances() {
      FeatureGroup group = FeatureGroup.CIRCUMSTANCES;
      for (int i = 1; i <= Setting.NUMBERS_MAX; i++) {
        String input = "production input " + i;
        add(group, FeatureUnit.MULTIPLE, input + " beside what it was last");
        add(group, FeatureUnit.MULTIPLE, input + " beside what is usual");
      }
      amount(group, "the usual amount under production inputs of such categories");
      add(group, FeatureUnit.STEPS, "the time under production inputs of such categories");
      add(group, FeatureUnit.MULTIPLE, "calls of its API beside what is usual");
      add(group, FeatureUnit.MULTIPLE, "instructions beside what is usual");
      add(group, FeatureUnit.MULTIPLE, "cycles for each instruction beside what is usual");
      add(FeatureGroup.KIND, FeatureUnit.NAME, "the type of the workload");
      add(FeatureGroup.KIND, FeatureUnit.SHARE, "the level of its profile");
    }

    void past() {
      amount(
          FeatureGroup.DAY_BEFORE,
          "the amount a day before",
          "the peak about then a day before",
          "the peak within half an hour of then a day before",
          "the mean about then a day before");
      amount(
          FeatureGroup.TIME_OF_DAY,
          "the usual mean at this time of day",
          "the usual peak at this time of day",
          "the usual peak within 10 minutes of this time of day",
          "the usual mean within 10 minutes of this time of day",
          "how the usual mean moves until then",
          "the usual peak within half an hour of this time of day");
      amount(
          FeatureGroup.PAST_HOURS,
          "the mean at this minute of past hours",
          "the maximum at this minute of past hours",
          "the maximum at this minute of the last four hours",
          "the amount an hour before",
          "the mean at this minute of past quarters",
          "the mean at this minute of past half hours");
      add(FeatureGroup.PEAKS, FeatureUnit.STEPS, "the time since the last peak began");
      add(FeatureGroup.PEAKS, FeatureUnit.STEPS, "the time beyond the last interval of peaks");
      amount(
          FeatureGroup.RHYTHM,
          "the amount one rhythm before",
          "the maximum about one rhythm before",
          "the mean over past rhythms");
      amount(
          FeatureGroup.SMOOTHING,
          "smoothing's median",
          "smoothing's 90 % quantile",
          "smoothing's 95 % quantile",
          "smoothing's 99 % quantile");
    }
  }
}
