package dev.holdfast.server.learn.model;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.series.Circumstances;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesKind;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.Swing;
import dev.holdfast.pam.forecast.series.TrackedSeries;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.registry.ModelId;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The demand of one workload, on a grid of five minutes. Not for several threads at once. */
final class Demand {
  /** Steps that are not filled: what is longer is a new beginning. */
  private static final int GAP_MAX = SeriesState.RECENT;

  /** Of history that is read at once, the steps that are forecast to learn from the outcome. */
  private static final int REHEARSED = 48;

  /** What is said of a step: four quantiles, and what to hold. */
  private static final int SAID = Quantile.values().length + 1;

  /** Steps ahead whose outcomes are learnt from. */
  private static final int[] AWAITED = RowSink.ahead();

  /** Beyond a day and these, a step is forecast like the one at that time within a day of them. */
  private static final int FAR = 12;

  private static final int DAY = 86_400 / DemandTrace.STEP;

  /** Steps whose samples may still come. */
  private static final int CAPPED_MAX = 24;

  private final Map<Resource, Own> resources = new EnumMap<>(Resource.class);
  private final TreeMap<Long, Set<Resource>> capped = new TreeMap<>();
  private SeriesKind kind = SeriesKind.UNKNOWN;
  private long foldedTo;
  private long newest;

  /** One resource of it. */
  private static final class Own {
    private final TrackedSeries series = new TrackedSeries(DemandTrace.STEP);
    private final Swing swing = new Swing();
    private final Circumstances circumstances = new Circumstances();
    private double[] next = new double[0];

    Setting setting(Map<String, InputValue> inputs, SeriesKind kind) {
      return circumstances.of(inputs, kind, series.state().unit());
    }

    /** Raises what is said of a band to what is said of a step, where that is more. */
    void raise(Resource resource, double[] said, ResourceVector[] band) {
      double[] swung = swing.over(said, series.state().unit());
      for (int q = 0; q < band.length; q++) {
        band[q] = band[q].with(resource, Math.max(whole(swung[q]), band[q].get(resource)));
      }
    }

    static long whole(double amount) {
      return (long) Math.min(Math.ceil(amount), ResourceVector.AMOUNT_MAX);
    }
  }

  /** Where the last step ended, in seconds of the epoch; 0 before the first. */
  long foldedTo() {
    return foldedTo;
  }

  /** When the newest sample ended, in seconds of the epoch; 0 before the first. */
  long newest() {
    return newest;
  }

  /** Steps with a sample, of the resource that has most. */
  int samples() {
    return resources.values().stream()
        .mapToInt(own -> own.series.state().samples())
        .max()
        .orElse(0);
  }

  /**
   * A sample came, which its step will be made of.
   *
   * @param limited the resources in which it used all that it was let
   */
  void note(UsageSample sample, Set<Resource> limited) {
    long end = sample.endedAt().getEpochSecond();
    newest = Math.max(newest, end);
    if (!limited.isEmpty()) {
      long step = Math.ceilDiv(end, DemandTrace.STEP) * DemandTrace.STEP;
      capped.computeIfAbsent(step, _ -> EnumSet.noneOf(Resource.class)).addAll(limited);
      if (capped.size() > CAPPED_MAX) {
        capped.pollFirstEntry();
      }
    }
    resources.forEach(
        (resource, own) -> {
          if (own.next.length > 0 && end > foldedTo && !limited.contains(resource)) {
            double used = sample.usage().get(resource);
            own.swing.observe(own.next, own.series.state().unit(), used);
          }
        });
  }

  /**
   * Folds the steps that follow those that were folded.
   *
   * @param most so many of them at most
   * @return whether there are more
   */
  boolean fold(DemandTrace trace, int most, ServingModels models, SeriesForecast forecast) {
    kind = trace.kind();
    trace.amounts().keySet().forEach(r -> resources.computeIfAbsent(r, _ -> new Own()));
    long begin = foldedTo == 0 ? trace.start() : foldedTo;
    long end = trace.time(trace.steps());
    begin = Math.max(begin, trace.start() - (long) GAP_MAX * DemandTrace.STEP);
    long to = Math.min(end, begin + (long) most * DemandTrace.STEP);
    for (long start = begin; start < to; start += DemandTrace.STEP) {
      int step = Math.toIntExact(Math.floorDiv(start - trace.start(), DemandTrace.STEP));
      Set<Resource> limited = capped.getOrDefault(start + DemandTrace.STEP, Set.of());
      for (Map.Entry<Resource, Own> entry : resources.entrySet()) {
        Resource resource = entry.getKey();
        TrackedSeries series = entry.getValue().series;
        double amount = trace.amount(resource, step);
        // What was held down says of demand only that it was no less.
        boolean unknown = limited.contains(resource) && amount < series.state().last();
        double demand = unknown ? Double.NaN : amount;
        series.fold(start, demand, models.calibration(resource));
        entry.getValue().circumstances.fold(trace.around(step), demand);
      }
      if (end - start <= (long) REHEARSED * DemandTrace.STEP && step >= 0) {
        Map<String, InputValue> inputs = trace.around(step).inputs();
        resources.forEach((resource, own) -> foretell(resource, own, inputs, models, forecast));
      }
    }
    foldedTo = Math.max(foldedTo, to);
    capped.headMap(foldedTo, true).clear();
    return foldedTo < end;
  }

  private void foretell(
      Resource resource,
      Own own,
      Map<String, InputValue> inputs,
      ServingModels models,
      SeriesForecast forecast) {
    own.next =
        forecast
            .foretell(
                own.series,
                companions(resource),
                models.model(resource),
                models.calibration(resource),
                own.setting(inputs, kind),
                AWAITED)[0];
  }

  private List<Resource> others(Resource resource) {
    return resources.keySet().stream()
        .filter(other -> other != resource)
        .limit(SeriesFeatures.COMPANIONS_MAX)
        .toList();
  }

  private List<SeriesState> companions(Resource resource) {
    List<Resource> others = others(resource);
    return resources.entrySet().stream()
        .filter(entry -> others.contains(entry.getKey()))
        .map(entry -> entry.getValue().series.state())
        .toList();
  }

  /** What samples are expected to use in some time, under some production inputs. */
  Demands.Said said(
      Horizon horizon,
      Map<String, InputValue> inputs,
      ServingModels models,
      SeriesForecast forecast) {
    int[] ahead =
        IntStream.range(0, horizon.steps())
            .flatMap(band -> stepsOf(horizon, band))
            .distinct()
            .sorted()
            .toArray();
    ResourceVector[][] bands = new ResourceVector[horizon.steps()][SAID];
    for (ResourceVector[] band : bands) {
      Arrays.fill(band, ResourceVector.ZERO);
    }
    resources.forEach(
        (resource, own) -> {
          double[][] said =
              forecast.quantiles(
                  own.series,
                  companions(resource),
                  models.model(resource),
                  models.calibration(resource),
                  own.setting(inputs, kind),
                  ahead);
          for (int band = 0; band < bands.length; band++) {
            ResourceVector[] raised = bands[band];
            stepsOf(horizon, band)
                .map(step -> Arrays.binarySearch(ahead, step))
                .forEach(at -> own.raise(resource, said[at], raised));
          }
        });
    ResourceVector hold = ResourceVector.ZERO;
    for (ResourceVector[] band : bands) {
      hold = hold.max(band[SAID - 1]);
    }
    return new Demands.Said(
        Arrays.stream(bands)
            .map(band -> new Quantiles(band[0], band[1], band[2], band[3]))
            .toList(),
        hold,
        resources.keySet().stream()
            .flatMap(resource -> models.id(resource).stream())
            .findFirst()
            .map(ModelId::id)
            .orElse(Forecast.EMPIRICAL));
  }

  /** How what is said of one resource comes about. */
  Account account(Account.Question question, ServingModels models, SeriesForecast forecast) {
    Resource resource = question.resource();
    Own own = resources.get(resource);
    if (own == null) {
      return new Account.Unused(List.copyOf(resources.keySet()));
    }
    int[] ahead = stepsOf(question.horizon(), question.horizon().steps() - 1).toArray();
    int q = question.quantile().number() - 1;
    Setting setting = own.setting(question.inputs(), kind);
    double[][] said =
        forecast.quantiles(
            own.series,
            companions(resource),
            models.model(resource),
            models.calibration(resource),
            setting,
            ahead);
    int most = 0;
    for (int at = 1; at < ahead.length; at++) {
      most = said[at][q] > said[most][q] ? at : most;
    }
    return new Account.GoingOn(
        forecast.explain(
            own.series,
            companions(resource),
            models.model(resource),
            models.calibration(resource),
            setting,
            ahead[most],
            question.quantile()),
        Own.whole(own.swing.over(said[most], own.series.state().unit())[q]),
        models.id(resource),
        others(resource),
        Optional.empty());
  }

  /** The steps ahead that a band overlaps. */
  private IntStream stepsOf(Horizon horizon, int band) {
    Instant start = horizon.start().plus(horizon.step().multipliedBy(band));
    int first = ahead(start);
    int last = ahead(start.plus(horizon.step()).minusNanos(1));
    return IntStream.rangeClosed(first, Math.min(last, first + DAY)).map(Demand::within);
  }

  private int ahead(Instant time) {
    long steps = Math.floorDiv(time.getEpochSecond() - foldedTo, DemandTrace.STEP);
    return Math.clamp(steps + 1, 1, Integer.MAX_VALUE - 2 * DAY);
  }

  private static int within(int ahead) {
    return ahead <= FAR + DAY ? ahead : FAR + 1 + (ahead - FAR - 1) % DAY;
  }
}
