package dev.holdfast.pam.forecast.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BacktestTest {
  private static final int LENGTH = 900;
  private static final int CHANGED_FROM = 820;

  private static List<Trace> traces(boolean otherEnd) {
    List<Trace> traces = new ArrayList<>();
    for (int machine = 0; machine < 4; machine++) {
      Random random = new Random(machine);
      double[] cpu = new double[LENGTH];
      double[] net = new double[LENGTH];
      for (int i = 0; i < LENGTH; i++) {
        cpu[i] = 200 + 100 * Math.sin(i / 46.0) + 20 * random.nextGaussian();
        net[i] = i % 12 == machine ? 500 : 5 + random.nextDouble();
        if (otherEnd && i >= CHANGED_FROM) {
          cpu[i] *= 9;
          net[i] = 0;
        }
      }
      cpu[700] = Double.NaN;
      traces.add(new Trace("m" + machine, 0, 300, new TreeMap<>(Map.of("cpu", cpu, "net", net))));
    }
    return traces;
  }

  private static List<ForecastRow> run(List<Trace> traces) {
    return run(traces, false);
  }

  private static List<ForecastRow> run(List<Trace> traces, boolean growing) {
    List<ForecastRow> rows = new ArrayList<>();
    var rules = new XgboostRules(10, 4, 0.3, 1, 1);
    new Backtest(
            new Backtest.Plan(traces, traces, 288, 450, 450, 600, 600, LENGTH - 13, 5, growing),
            new XgboostLearner(rules))
        .run(rows::add);
    return rows;
  }

  private static List<Double> words(ForecastRow row) {
    return List.of(row.p50(), row.p90(), row.p95(), row.p99());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noForecastKnowsWhatComesAfterIt(boolean growing) {
    List<ForecastRow> one = run(traces(false), growing);
    List<ForecastRow> other = run(traces(true), growing);
    assertEquals(one.size(), other.size());
    int same = 0;
    for (int i = 0; i < one.size(); i++) {
      if (one.get(i).time() < 300L * CHANGED_FROM) {
        assertEquals(words(one.get(i)), words(other.get(i)));
        same++;
      }
    }
    assertTrue(same > 1000, same + " rows");
  }

  @Test
  void missingOriginsAndTargetsAreNotRows() {
    List<ForecastRow> rows = run(traces(false));
    for (ForecastRow row : rows) {
      assertTrue(Double.isFinite(row.actual()) && Double.isFinite(row.last()));
      boolean missing = row.series().startsWith("cpu/");
      assertFalse(missing && row.time() / 300 == 700);
      assertFalse(missing && row.time() / 300 + row.ahead() == 700);
    }
  }

  @Test
  void anHourlyPeakIsForeseen() {
    double lossOfLast = 0;
    List<ForecastRow> rows = run(traces(false));
    for (ForecastRow row : rows) {
      if (row.series().startsWith("net/")) {
        lossOfLast += Math.abs(row.actual() - row.last());
      }
    }
    assertTrue(lossOfNet(rows) < 0.5 * lossOfLast, lossOfNet(rows) + " beside " + lossOfLast);
  }

  private static double lossOfNet(List<ForecastRow> rows) {
    return rows.stream()
        .filter(row -> row.series().startsWith("net/"))
        .mapToDouble(row -> Math.abs(row.actual() - row.p50()))
        .sum();
  }

  @Test
  void whatComesOnlyLaterIsLearntWhereHistoryGrows() {
    List<Trace> traces = traces(false);
    for (Trace trace : traces) {
      double[] net = Objects.requireNonNull(trace.amounts().get("net"));
      for (int i = 0; i < LENGTH; i++) {
        // Steady until the first models are trained, then up and down.
        net[i] = i > 600 && i % 2 == 0 ? 500 : 5;
      }
    }
    double once = lossOfNet(run(traces));
    double again = lossOfNet(run(traces, true));
    assertTrue(again < 0.9 * once, again + " beside " + once);
  }
}
