package dev.holdfast.pam.forecast.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

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
    List<ForecastRow> rows = new ArrayList<>();
    var rules = new XgboostRules(10, 4, 0.3, 1, 1);
    new Backtest(
            new Backtest.Plan(traces, traces, 288, 450, 450, 600, 600, LENGTH - 13, 5),
            new XgboostLearner(rules))
        .run(rows::add);
    return rows;
  }

  private static List<Double> words(ForecastRow row) {
    return List.of(row.p50(), row.p90(), row.p95(), row.p99());
  }

  @Test
  void noForecastKnowsWhatComesAfterIt() {
    List<ForecastRow> one = run(traces(false));
    List<ForecastRow> other = run(traces(true));
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
    double loss = 0;
    double lossOfLast = 0;
    for (ForecastRow row : run(traces(false))) {
      if (row.series().startsWith("net/")) {
        loss += Math.abs(row.actual() - row.p50());
        lossOfLast += Math.abs(row.actual() - row.last());
      }
    }
    assertTrue(loss < 0.5 * lossOfLast, loss + " beside " + lossOfLast);
  }
}
