package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Calibration;
import dev.holdfast.pam.forecast.series.Circumstances;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.TrackedSeries;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.SeriesProfile;
import dev.holdfast.store.series.UsageSeries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Learns models over the series of all profiles, from usage folded into buckets of five minutes of
 * the last 30 days. The newest tenth of that time is set aside; the tenth before it rehearses the
 * blend of model and smoothing.
 */
public final class SeriesModelTrainer implements ModelTrainer {
  private static final Duration SPAN_MAX = Duration.ofDays(30);
  private static final int PROFILES_PAGE = 1000;

  /** Steps of all traces together, so that they fit into some 100 MB. */
  private static final long STEPS_MAX = 2_000_000;

  private static final int[] AHEAD = RowSink.ahead();

  private final UsageSeries series;
  private final SeriesLearner learner;
  private final WorkloadTypes types;

  /**
   * Learns from a series, in one way.
   *
   * @param types what is known of what workloads do
   */
  public SeriesModelTrainer(UsageSeries series, SeriesLearner learner, WorkloadTypes types) {
    this.series = series;
    this.learner = learner;
    this.types = types;
  }

  @Override
  public ModelKind kind() {
    return learner.kind();
  }

  @Override
  public Optional<Course> gather(Instant until) {
    List<DemandTrace> traces = new ArrayList<>();
    int most = (int) (SPAN_MAX.toSeconds() / DemandTrace.STEP);
    long steps = 0;
    String after = "";
    List<SeriesProfile> page = series.profiles(after, PROFILES_PAGE);
    while (!page.isEmpty() && steps < STEPS_MAX) {
      for (SeriesProfile profile : page) {
        Optional<DemandTrace> trace =
            DemandTrace.of(
                types.kind(profile.key()),
                series.latest(profile.name(), Grain.FIVE_MINUTES, until, most));
        int length = trace.map(DemandTrace::steps).orElse(0);
        if (length >= DemandTrace.STEPS_MIN && steps + length <= STEPS_MAX) {
          traces.add(trace.orElseThrow());
          steps += length;
        }
      }
      after = page.getLast().name();
      page = series.profiles(after, PROFILES_PAGE);
    }
    return traces.isEmpty() ? Optional.empty() : Optional.of(new Traces(traces, learner));
  }

  @Override
  public Trained imported(Resource resource, Bytes content) {
    learner.read(content);
    return new Trained(
        new SeriesArtefact(Map.of(resource, content)).toBytes(),
        Optional.empty(),
        0,
        SeriesFeatures.VERSION,
        new TreeMap<>(Map.of("imported", "true")));
  }

  /** Traces, cut in time. */
  private static final class Traces implements Course {
    private final List<DemandTrace> traces;
    private final SeriesLearner learner;
    private final long from;
    private final long rehearseFrom;
    private final long examineFrom;

    Traces(List<DemandTrace> traces, SeriesLearner learner) {
      this.traces = List.copyOf(traces);
      this.learner = learner;
      from = traces.stream().mapToLong(DemandTrace::start).min().orElseThrow();
      long to = traces.stream().mapToLong(trace -> trace.time(trace.steps())).max().orElseThrow();
      examineFrom = to - (to - from) / 10;
      rehearseFrom = to - (to - from) / 5;
    }

    @Override
    public Trained train(long seed, CpuShare share) throws InterruptedException {
      Map<Resource, Bytes> models = new EnumMap<>(Resource.class);
      long samples = 0;
      for (Resource resource : Resource.values()) {
        TrainingRows rows = new TrainingRows();
        rows(resource, ROWS_WANTED, rows);
        if (rows.count() > 0) {
          models.put(resource, learner.train(rows, seed));
          samples += rows.count();
        }
        share.rest();
      }
      TreeMap<String, String> parameters = new TreeMap<>(learner.parameters());
      parameters.put("traces", Integer.toString(traces.size()));
      return new Trained(
          new SeriesArtefact(models).toBytes(),
          Optional.of(
              new Interval(Instant.ofEpochSecond(from), Instant.ofEpochSecond(examineFrom))),
          samples,
          SeriesFeatures.VERSION,
          parameters);
    }

    /** At every few steps, those of that origin. */
    @Override
    public void rows(Resource resource, long wanted, RowSink into) {
      SeriesFeatures features = new SeriesFeatures();
      long origins =
          traces.stream()
              .filter(trace -> trace.amounts().containsKey(resource))
              .mapToLong(DemandTrace::steps)
              .sum();
      int stride = (int) Math.max(1, origins * RowSink.ORIGIN_ROWS / wanted);
      int number = 0;
      for (DemandTrace trace : traces) {
        int offset = number++ % stride;
        Map<Resource, SeriesState> states = new EnumMap<>(Resource.class);
        trace.amounts().keySet().forEach(r -> states.put(r, new SeriesState(DemandTrace.STEP)));
        SeriesState state = states.get(resource);
        Circumstances circumstances = new Circumstances();
        for (int step = 0; state != null && step < trace.steps(); step++) {
          int at = step;
          states.forEach((r, seen) -> seen.fold(trace.time(at), trace.amount(r, at)));
          circumstances.fold(trace.around(at), trace.amount(resource, at));
          if ((step + offset) % stride == 0 && !Double.isNaN(trace.amount(resource, step))) {
            features.at(state, others(states, resource));
            into.addOrigin(
                features,
                state.unit(),
                ahead ->
                    trace.time(at + ahead) < examineFrom
                        ? trace.amount(resource, at + ahead)
                        : Double.NaN,
                ahead ->
                    circumstances.of(
                        trace.around(at + ahead).inputs(), trace.kind(), state.unit()));
          }
        }
      }
    }

    private static List<SeriesState> others(Map<Resource, SeriesState> states, Resource own) {
      return states.entrySet().stream()
          .filter(entry -> entry.getKey() != own)
          .map(Map.Entry::getValue)
          .limit(SeriesFeatures.COMPANIONS_MAX)
          .toList();
    }

    @Override
    public Map<Resource, Evaluation> evaluate(Bytes artefact) {
      Map<Resource, Evaluation> figures = new EnumMap<>(Resource.class);
      SeriesArtefact.read(artefact)
          .models()
          .forEach(
              (resource, model) -> {
                Examination examination = new Examination(resource, learner.read(model));
                traces.forEach(examination::replay);
                examination.figure().ifPresent(figure -> figures.put(resource, figure));
              });
      return figures;
    }

    /** The model of one resource, asked step by step about what was set aside. */
    private final class Examination {
      private final Resource resource;
      private final Optional<QuantileModel> model;
      private final SeriesForecast forecast = new SeriesForecast();
      private final Calibration calibration = new Calibration();
      private final long[] held = new long[Quantile.values().length];
      private long outcomes;
      private double own;
      private double repeating;

      Examination(Resource resource, QuantileModel model) {
        this.resource = resource;
        this.model = Optional.of(model);
      }

      void replay(DemandTrace trace) {
        if (!trace.amounts().containsKey(resource)) {
          return;
        }
        Map<Resource, SeriesState> companions = new EnumMap<>(Resource.class);
        trace.amounts().keySet().forEach(r -> companions.put(r, new SeriesState(DemandTrace.STEP)));
        TrackedSeries tracked = new TrackedSeries(DemandTrace.STEP);
        Circumstances circumstances = new Circumstances();
        for (int step = 0; step < trace.steps(); step++) {
          int at = step;
          companions.forEach((r, seen) -> seen.fold(trace.time(at), trace.amount(r, at)));
          tracked.fold(trace.time(step), trace.amount(resource, step), calibration);
          double last = trace.amount(resource, step);
          circumstances.fold(trace.around(step), last);
          if (trace.time(step) >= rehearseFrom && !Double.isNaN(last)) {
            double[][] said =
                forecast.foretell(
                    tracked,
                    others(companions, resource),
                    model,
                    calibration,
                    circumstances.of(
                        trace.around(step).inputs(), trace.kind(), tracked.state().unit()),
                    AHEAD);
            for (int i = 0; i < AHEAD.length && trace.time(step) >= examineFrom; i++) {
              double outcome = trace.amount(resource, step + AHEAD[i]);
              if (!Double.isNaN(outcome)) {
                compare(said[i], last, outcome);
              }
            }
          }
        }
      }

      private void compare(double[] said, double last, double outcome) {
        outcomes++;
        for (Quantile quantile : Quantile.values()) {
          int q = quantile.number() - 1;
          own += quantile.loss(said[q], outcome);
          repeating += quantile.loss(last, outcome);
          held[q] += outcome <= said[q] ? 1 : 0;
        }
      }

      Optional<Evaluation> figure() {
        // What never moved is forecast by anything, and says nothing of a model.
        return repeating == 0
            ? Optional.empty()
            : Optional.of(
                new Evaluation(
                    outcomes,
                    own / repeating,
                    new Coverage(outcomes, held[0], held[1], held[2], held[3])));
      }
    }
  }
}
