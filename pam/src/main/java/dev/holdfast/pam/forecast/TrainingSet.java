package dev.holdfast.pam.forecast;

import dev.holdfast.pam.forecast.Features.Known;
import dev.holdfast.pam.forecast.Features.PastRun;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rows to train on, made from one profile; the same profile always gives the same rows.
 *
 * <p>Every sample gives two: one as it looked before its run began, with nothing of that run known,
 * and one as it looked from 1 to 16 samples before. Samples of no known run count as one run that
 * began with the first of them.
 *
 * @param rows by resource, for those of which any was used
 * @param span from the start of the first sample to the end of the last
 */
public record TrainingSet(Map<Resource, Rows> rows, Interval span) {
  /** The fewest samples to train on. */
  public static final int SAMPLES_MIN = 20;

  /** A time of day means something only once a day was seen. */
  private static final Duration DAY = Duration.ofDays(1);

  private static final Duration WEEK = Duration.ofDays(7);
  private static final int[] LEADS = {1, 4, 16, 2, 8};

  /** Copies. */
  public TrainingSet {
    EnumMap<Resource, Rows> copy = new EnumMap<>(Resource.class);
    copy.putAll(rows);
    rows = Collections.unmodifiableMap(copy);
  }

  /** Rows of one resource; the arrays that it hands out are its own, and not to be changed. */
  public static final class Rows {
    private final float[][] features;
    private final double[] used;
    private final int[] group;
    private final int groups;

    private Rows(float[][] features, double[] used, int[] group, int groups) {
      this.features = features;
      this.used = used;
      this.group = group;
      this.groups = groups;
    }

    /** {@link Features#COUNT} numbers for each row. */
    public float[][] features() {
      return features;
    }

    /** For each row, what was used. */
    public double[] used() {
      return used;
    }

    /** For each row its group, 0 to groups - 1: rows of one group are held out together. */
    public int[] group() {
      return group;
    }

    /** How many groups there are. */
    public int groups() {
      return groups;
    }

    /** How many rows there are. */
    public int count() {
      return used.length;
    }
  }

  private record Place(UsageSample sample, Known before, Known during, int group) {}

  /**
   * The rows of a profile.
   *
   * @throws IllegalArgumentException if it has fewer than {@link #SAMPLES_MIN} recent samples
   */
  public static TrainingSet of(Profile profile) {
    if (profile.recent().size() < SAMPLES_MIN) {
      throw new IllegalArgumentException(
          "a model needs " + SAMPLES_MIN + " samples, not " + profile.recent().size());
    }
    Interval span =
        new Interval(
            profile.recent().getFirst().startedAt(), profile.recent().getLast().endedAt());
    List<Place> places = places(profile);
    int groups = places.stream().mapToInt(Place::group).max().orElse(0) + 1;
    Set<Resource> used = EnumSet.noneOf(Resource.class);
    profile.recent().forEach(sample -> used.addAll(sample.usage().present()));
    EnumMap<Resource, Rows> rows = new EnumMap<>(Resource.class);
    for (Resource resource : used) {
      rows.put(resource, rows(resource, places, groups, span.length()));
    }
    return new TrainingSet(rows, span);
  }

  private static Rows rows(Resource resource, List<Place> places, int groups, Duration span) {
    List<float[]> features = new ArrayList<>();
    double[] used = new double[2 * places.size()];
    int[] group = new int[2 * places.size()];
    for (Place place : places) {
      UsageSample sample = place.sample();
      Instant middle = sample.endedAt().minus(sample.period().dividedBy(2));
      for (Known known : List.of(place.before(), place.during())) {
        used[features.size()] = sample.usage().get(resource);
        group[features.size()] = place.group();
        features.add(masked(Features.row(resource, known, middle), span));
      }
    }
    return new Rows(features.toArray(float[][]::new), used, group, groups);
  }

  /** Takes out the calendar where it could only tell one run from another by its date. */
  private static float[] masked(float[] row, Duration span) {
    if (span.compareTo(DAY) < 0) {
      row[Features.CALENDAR] = Float.NaN;
      row[Features.CALENDAR + 1] = Float.NaN;
    }
    if (span.compareTo(WEEK) < 0) {
      row[Features.CALENDAR + 2] = Float.NaN;
      row[Features.CALENDAR + 3] = Float.NaN;
    }
    return row;
  }

  private static List<Place> places(Profile profile) {
    List<PastRun> runs = runs(profile);
    Map<Run, List<UsageSample>> known = profile.samplesByRun();
    List<Run> byOrder = List.copyOf(known.keySet());
    List<Place> places = new ArrayList<>();
    for (int r = 0; r < runs.size(); r++) {
      PastRun run = runs.get(r);
      List<PastRun> past = runs.subList(0, r);
      var inputs =
          byOrder.isEmpty()
              ? run.samples().getFirst().inputs()
              : byOrder.get(r).workload().inputs();
      for (int i = 0; i < run.samples().size(); i++) {
        UsageSample sample = run.samples().get(i);
        int seen = Math.max(0, i - LEADS[i % LEADS.length] + 1);
        Known before = new Known(run.start(), List.of(), past, inputs);
        Known during = new Known(run.start(), run.samples().subList(0, seen), past, inputs);
        places.add(new Place(sample, before, during, group(runs.size(), r, i)));
      }
    }
    return places;
  }

  /** Whole runs are held out where there are enough of them, else every fourth few samples. */
  private static int group(int runs, int run, int index) {
    return runs >= 3 ? run % 4 : index / 3 % 4;
  }

  /** The runs that have samples, in order; all samples as one run if none is known. */
  static List<PastRun> runs(Profile profile) {
    List<PastRun> runs = new ArrayList<>();
    profile
        .samplesByRun()
        .forEach((run, samples) -> runs.add(new PastRun(run.startedAt(), samples)));
    if (runs.isEmpty() && !profile.recent().isEmpty()) {
      runs.add(new PastRun(profile.recent().getFirst().startedAt(), profile.recent()));
    }
    return runs;
  }
}
