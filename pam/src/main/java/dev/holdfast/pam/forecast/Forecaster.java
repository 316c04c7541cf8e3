package dev.holdfast.pam.forecast;

import dev.holdfast.pam.forecast.Features.Known;
import dev.holdfast.pam.forecast.Features.PastRun;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes forecasts from profiles, and counts afterwards how often they held. */
public final class Forecaster {
  /** Samples at which a profile's own word weighs as much as what it would fall back on. */
  private static final double SAMPLES_HALF = 50;

  /** How long a run starts: what it needs then is expected of the next one too. */
  private static final Duration START_UP = Duration.ofMinutes(10);

  /** The most points that one band is looked at; a band's quantile is the highest of them. */
  private static final int POINTS_MAX = 32;

  /** The most points of a whole forecast. */
  private static final int ROWS_MAX = 8192;

  private Forecaster() {}

  /**
   * The demand of a run that has not begun and is taken to begin with the horizon.
   *
   * @param profile what is known, from {@link Profiles#known}
   * @param predictor a model of this profile
   * @param inputs the production inputs of the run
   * @param horizon the time asked about
   * @param now when it is asked; the first band starts after it
   */
  public static Forecast nextRun(
      Profile profile,
      Predictor predictor,
      Map<String, InputValue> inputs,
      Horizon horizon,
      Instant now) {
    Known known = new Known(horizon.start(), List.of(), TrainingSet.runs(profile), inputs);
    return forecast(profile, predictor, known, horizon, now);
  }

  /**
   * The further demand of a run that has begun.
   *
   * @param profile what is known, this run's usage so far included
   * @param predictor a model of this profile
   * @param run the run
   * @param horizon the time asked about
   * @param now when it is asked; the first band starts after it
   */
  public static Forecast currentRun(
      Profile profile, Predictor predictor, Run run, Horizon horizon, Instant now) {
    List<PastRun> past = new ArrayList<>();
    List<UsageSample> seen = new ArrayList<>();
    profile
        .samplesByRun()
        .forEach(
            (other, samples) -> {
              if (other.reservation().equals(run.reservation())) {
                seen.addAll(samples);
              } else if (other.startedAt().isBefore(run.startedAt())) {
                past.add(new PastRun(other.startedAt(), samples));
              }
            });
    seen.removeIf(sample -> sample.endedAt().isAfter(now));
    Known known = new Known(run.startedAt(), seen, past, run.workload().inputs());
    return forecast(profile, predictor, known, horizon, now);
  }

  /**
   * The demand of a run of a workload that goes on: what its series is expected to need, and while
   * the run starts also what past runs needed then, where that is more.
   *
   * @param profile what is known
   * @param model the id of what said so
   * @param bands what is expected of the series, one for each step of the horizon
   * @param hold what to hold for it
   * @param run what is expected of the run by itself; empty where no run was seen from its start
   */
  public static Forecast goingOn(
      Profile profile,
      String model,
      List<Quantiles> bands,
      ResourceVector hold,
      Optional<Forecast> run,
      Horizon horizon,
      Instant now) {
    List<Quantiles> most = new ArrayList<>(bands);
    ResourceVector held = hold;
    for (int i = 0; run.isPresent() && i < bands.size(); i++) {
      boolean starting = horizon.step().multipliedBy(i).compareTo(START_UP) < 0;
      if (starting) {
        Quantiles start = run.get().bands().get(i);
        most.set(i, bands.get(i).max(start));
        held = held.max(start.p95());
      }
    }
    return issued(profile, model, most, Optional.of(held), horizon, now);
  }

  /** Whether a run of a profile was metered from its start. */
  public static boolean sawStart(Profile profile) {
    return profile.samplesByRun().entrySet().stream()
        .anyMatch(
            run ->
                run.getValue()
                    .getFirst()
                    .startedAt()
                    .isBefore(run.getKey().startedAt().plus(START_UP)));
  }

  /** Past usage as such, in every band: for the time until a model is trained. */
  public static Forecast empirical(Profile profile, Horizon horizon, Instant now) {
    List<Quantiles> bands = new ArrayList<>();
    Quantiles usage = profile.usage();
    for (int i = 0; i < horizon.steps(); i++) {
      bands.add(usage);
    }
    return issued(profile, Forecast.EMPIRICAL, bands, Optional.empty(), horizon, now);
  }

  /** The policy's default amount in every band, and no confidence: nothing is known. */
  public static Forecast byDefault(
      ProfileKey profile, ResourceVector amount, Horizon horizon, Instant now) {
    List<Quantiles> bands = new ArrayList<>();
    for (int i = 0; i < horizon.steps(); i++) {
      bands.add(Quantiles.constant(amount));
    }
    return new Forecast(
        profile,
        ProfileLevel.DEFAULT,
        "",
        now,
        later(horizon.start(), now),
        horizon.step(),
        bands,
        Optional.empty(),
        Map.of(),
        0);
  }

  /** The profile with a sample compared with the forecast that covered its end, if it did. */
  public static Profile scored(Profile profile, Forecast forecast, UsageSample sample) {
    Instant middle = sample.endedAt().minus(sample.period().dividedBy(2));
    Optional<Quantiles> band = forecast.bandAt(middle);
    if (band.isEmpty()) {
      return profile;
    }
    Map<Resource, Coverage> counts = new EnumMap<>(Resource.class);
    counts.putAll(profile.coverage());
    for (Resource resource : band.get().p99().max(sample.usage()).present()) {
      Coverage before = counts.getOrDefault(resource, Coverage.NONE);
      counts.put(resource, before.plus(resource, band.get(), sample.usage().get(resource)));
    }
    return profile.covered(counts);
  }

  private static Forecast forecast(
      Profile profile, Predictor predictor, Known known, Horizon horizon, Instant now) {
    Instant start = later(horizon.start(), now);
    List<Instant> times = new ArrayList<>();
    int[] bandOf = points(known, horizon, start, times);
    Map<Resource, double[][]> found = new EnumMap<>(Resource.class);
    for (Resource resource : predictor.resources()) {
      float[][] rows = new float[times.size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Features.row(resource, known, times.get(i));
      }
      found.put(resource, predictor.predict(resource, rows));
    }
    List<Quantiles> bands = new ArrayList<>();
    int from = 0;
    for (int band = 0; band < horizon.steps(); band++) {
      int to = from;
      while (to < bandOf.length && bandOf[to] == band) {
        to++;
      }
      bands.add(highest(found, from, to));
      from = to;
    }
    return issued(profile, predictor.model(), bands, Optional.empty(), horizon, now);
  }

  /**
   * The times to ask the model about: where past runs were metered, as a band may be much longer
   * than a run; the middle of a band where none was.
   */
  private static int[] points(Known known, Horizon horizon, Instant start, List<Instant> times) {
    List<Instant> metered = new ArrayList<>();
    for (PastRun run : known.past()) {
      for (UsageSample sample : run.samples()) {
        double position = Features.position(run.start(), sample);
        metered.add(known.runStart().plusNanos((long) (position * 1e9)));
      }
    }
    metered.sort(null);
    int perBand = Math.clamp(ROWS_MAX / horizon.steps(), 1, POINTS_MAX);
    List<Integer> bandOf = new ArrayList<>();
    int at = 0;
    for (int band = 0; band < horizon.steps(); band++) {
      Instant from = start.plus(horizon.step().multipliedBy(band));
      Instant to = from.plus(horizon.step());
      while (at < metered.size() && metered.get(at).isBefore(from)) {
        at++;
      }
      int first = at;
      while (at < metered.size() && metered.get(at).isBefore(to)) {
        at++;
      }
      int inside = at - first;
      int asked = Math.min(inside, perBand);
      for (int i = 0; i < asked; i++) {
        times.add(metered.get(first + (int) ((long) i * inside / asked)));
        bandOf.add(band);
      }
      if (asked == 0) {
        times.add(from.plus(horizon.step().dividedBy(2)));
        bandOf.add(band);
      }
    }
    return bandOf.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The highest of some rows, at each quantile and resource. */
  private static Quantiles highest(Map<Resource, double[][]> found, int from, int to) {
    List<ResourceVector> amounts = new ArrayList<>();
    for (Quantile quantile : Quantile.values()) {
      Map<Resource, Long> at = new EnumMap<>(Resource.class);
      found.forEach(
          (resource, rows) -> {
            double highest = 0;
            for (int i = from; i < to; i++) {
              highest = Math.max(highest, rows[i][quantile.number() - 1]);
            }
            at.put(resource, (long) Math.min(Math.ceil(highest), ResourceVector.AMOUNT_MAX));
          });
      amounts.add(ResourceVector.of(at));
    }
    return new Quantiles(amounts.get(0), amounts.get(1), amounts.get(2), amounts.get(3));
  }

  private static Forecast issued(
      Profile profile,
      String model,
      List<Quantiles> bands,
      Optional<ResourceVector> hold,
      Horizon horizon,
      Instant now) {
    return new Forecast(
        profile.key(),
        profile.key().level(),
        model,
        now,
        later(horizon.start(), now),
        horizon.step(),
        bands,
        hold,
        profile.coverage(),
        profile.sampleCount() / (profile.sampleCount() + SAMPLES_HALF));
  }

  private static Instant later(Instant start, Instant now) {
    return start.isAfter(now) ? start : now.plus(Duration.ofMillis(1));
  }
}
