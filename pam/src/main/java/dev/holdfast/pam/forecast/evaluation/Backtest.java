package dev.holdfast.pam.forecast.evaluation;

import dev.holdfast.pam.forecast.series.Calibration;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.series.SeriesState;
import dev.holdfast.pam.forecast.series.Setting;
import dev.holdfast.pam.forecast.series.TrackedSeries;
import dev.holdfast.pam.forecast.series.TrainingRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Replays traces as if they came in now: trains on what came before a step, then forecasts step by
 * step and never looks ahead.
 *
 * <p>Models are trained twice. The first see only what comes before {@link Plan#earlyTo}; from
 * {@link Plan#rehearseFrom} to {@link Plan#testFrom} their forecasts teach the blends and the
 * calibration what models are worth on days that they have not seen. The second see everything up
 * to {@link Plan#trainTo}, and more where {@link Plan#growing}.
 */
public final class Backtest {
  private static final long SEED = 1;

  /** What is known has grown by this part of it before models are trained again. */
  private static final int GROWTH = 10;

  /** Rows that are enough to train the model of one resource. */
  private static final int ROWS_WANTED = 120_000;

  private final Plan plan;
  private final SeriesLearner learner;

  /**
   * What is replayed; steps count from the start of a trace.
   *
   * @param train what may be trained on
   * @param test what is forecast; may be the same
   * @param trainFrom the first step that models are trained at: what is before is history only
   * @param earlyTo the models of the rehearsal see nothing from here on
   * @param rehearseFrom the first step that is forecast, to learn from the outcome
   * @param trainTo models see nothing from here on
   * @param testFrom the first step whose forecasts count
   * @param testTo the last such step
   * @param every steps between forecasts
   * @param growing whether models are trained again whenever what is known has grown by a tenth, as
   *     a server's are while history is short; else by what comes before {@code trainTo} alone
   */
  public record Plan(
      List<Trace> train,
      List<Trace> test,
      int trainFrom,
      int earlyTo,
      int rehearseFrom,
      int trainTo,
      int testFrom,
      int testTo,
      int every,
      boolean growing) {
    /** Copies. */
    public Plan {
      train = List.copyOf(train);
      test = List.copyOf(test);
    }
  }

  /**
   * A replay.
   *
   * @param learner trains the model of a resource
   */
  public Backtest(Plan plan, SeriesLearner learner) {
    this.plan = plan;
    this.learner = learner;
  }

  /** One trace as it is replayed. */
  private static final class Replay {
    private final Trace trace;
    private final Map<String, TrackedSeries> series = new TreeMap<>();

    Replay(Trace trace) {
      this.trace = trace;
      trace.amounts().keySet().forEach(name -> series.put(name, new TrackedSeries(trace.step())));
    }

    void fold(int step, Map<String, Calibration> calibrations) {
      series.forEach(
          (resource, tracked) ->
              tracked.fold(
                  trace.start() + (long) step * trace.step(),
                  amount(resource, step),
                  calibrations.computeIfAbsent(resource, _ -> new Calibration())));
    }

    double amount(String resource, int step) {
      double[] amounts = trace.amounts().get(resource);
      return amounts == null || step >= amounts.length ? Double.NaN : amounts[step];
    }

    List<SeriesState> companions(String resource) {
      List<SeriesState> others = new ArrayList<>();
      series.forEach(
          (name, tracked) -> {
            if (!name.equals(resource) && others.size() < SeriesFeatures.COMPANIONS_MAX) {
              others.add(tracked.state());
            }
          });
      return others;
    }
  }

  /** Trains, then forecasts; rows come in order of time. */
  public void run(Consumer<ForecastRow> rows) {
    int known = plan.trainTo();
    Map<String, QuantileModel> full = train(known);
    Map<String, QuantileModel> early = plan.earlyTo() == known ? full : train(plan.earlyTo());
    Map<String, Calibration> calibrations = new HashMap<>();
    SeriesForecast forecast = new SeriesForecast();
    List<Replay> replays = plan.test().stream().map(Replay::new).toList();
    int length = plan.test().stream().mapToInt(Trace::length).max().orElse(0);
    for (int step = 0; step < length && step <= plan.testTo(); step++) {
      for (Replay replay : replays) {
        replay.fold(step, calibrations);
      }
      boolean now = Math.floorMod(step - plan.testFrom(), plan.every()) == 0;
      if (now && step >= plan.rehearseFrom()) {
        if (plan.growing() && step + 1 >= known + known / GROWTH) {
          known = step + 1;
          full = train(known);
        }
        Map<String, QuantileModel> models = step >= plan.testFrom() ? full : early;
        for (Replay replay : replays) {
          forecast(replay, step, models, calibrations, forecast, rows);
        }
      }
    }
  }

  private void forecast(
      Replay replay,
      int step,
      Map<String, QuantileModel> models,
      Map<String, Calibration> calibrations,
      SeriesForecast forecast,
      Consumer<ForecastRow> rows) {
    int[] ahead = RowSink.ahead();
    replay.series.forEach(
        (resource, tracked) -> {
          double last = replay.amount(resource, step);
          if (Double.isNaN(last)) {
            return;
          }
          double[][] quantiles =
              forecast.foretell(
                  tracked,
                  replay.companions(resource),
                  Optional.ofNullable(models.get(resource)),
                  calibrations.computeIfAbsent(resource, _ -> new Calibration()),
                  Setting.UNKNOWN,
                  ahead);
          for (int i = 0; i < ahead.length && step >= plan.testFrom(); i++) {
            double actual = replay.amount(resource, step + ahead[i]);
            if (!Double.isNaN(actual)) {
              rows.accept(
                  new ForecastRow(
                      resource + "/" + replay.trace.id(),
                      replay.trace.start() + (long) step * replay.trace.step(),
                      ahead[i],
                      quantiles[i][0],
                      quantiles[i][1],
                      quantiles[i][2],
                      quantiles[i][3],
                      actual,
                      last,
                      quantiles[i][4]));
            }
          }
        });
  }

  /** The resources of what may be trained on. */
  public SortedSet<String> resources() {
    TreeSet<String> resources = new TreeSet<>();
    plan.train().forEach(trace -> resources.addAll(trace.amounts().keySet()));
    return resources;
  }

  /**
   * The rows that the model of a resource is trained on.
   *
   * @param wanted about how many: of more, some are left out evenly
   */
  public void rows(String resource, long wanted, RowSink into) {
    rows(resource, plan.trainTo(), wanted, into);
  }

  /** Resources are trained side by side, each by one thread: nothing then waits for another. */
  private Map<String, QuantileModel> train(int to) {
    Map<String, QuantileModel> models = new ConcurrentHashMap<>();
    resources().parallelStream()
        .forEach(
            resource -> {
              TrainingRows rows = new TrainingRows();
              rows(resource, to, ROWS_WANTED, rows);
              if (rows.count() > 0) {
                models.put(resource, learner.read(learner.train(rows, SEED)));
              }
            });
    return models;
  }

  /** Rows of one resource: at every few origins each usual lead, and one up to a day ahead. */
  private void rows(String resource, int to, long wanted, RowSink into) {
    SeriesFeatures features = new SeriesFeatures();
    long origins = (long) plan.train().size() * Math.max(1, to - plan.trainFrom());
    int stride = (int) Math.max(1, origins * RowSink.ORIGIN_ROWS / wanted);
    int number = 0;
    for (Trace trace : plan.train()) {
      Replay replay = new Replay(trace);
      Map<String, Calibration> calibrations = new HashMap<>();
      int offset = number++ % stride;
      for (int step = 0; step < Math.min(to, trace.length()) - 1; step++) {
        replay.fold(step, calibrations);
        boolean due = step >= plan.trainFrom() && (step + offset) % stride == 0;
        TrackedSeries tracked = replay.series.get(resource);
        // Of a series that was never used it cannot be said what is much.
        boolean known =
            tracked != null
                && tracked.state().peak() > 0
                && !Double.isNaN(replay.amount(resource, step));
        if (!due || tracked == null || !known) {
          continue;
        }
        SeriesState state = tracked.state();
        features.at(state, replay.companions(resource));
        int origin = step;
        into.addOrigin(
            features,
            state.unit(),
            ahead -> origin + ahead < to ? replay.amount(resource, origin + ahead) : Double.NaN,
            ahead -> Setting.UNKNOWN);
      }
    }
  }
}
