package dev.holdfast.cli;

import com.google.gson.JsonObject;
import dev.holdfast.pam.forecast.evaluation.Backtest;
import dev.holdfast.pam.forecast.evaluation.ForecastRow;
import dev.holdfast.pam.forecast.evaluation.Trace;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.registry.ModelKind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Replays traces and writes down every forecast beside what came. */
@Command(
    name = "evaluate",
    description = {
      "Trains on the first days of traces, forecasts the others step by step without looking"
          + " ahead,",
      "and writes every forecast beside what came. Talks to no server.",
      "The folder's layout and the columns are described in ops/docs/forecasts.md."
    })
final class ForecastEvaluateCommand implements Callable<Integer> {
  private static final int REHEARSE_SHARE = 4;
  private static final int HISTORY = 2 * TraceText.DAY;
  private static final int SHORT_HISTORY = 24;
  private static final int BITBRAINS_LAST = 30 * TraceText.DAY - 13;
  private static final int BITBRAINS_EVERY = 5;
  private static final int SHORT_EVERY = 2;
  private static final int PLANETLAB_FROM = TraceText.DAY / 2;
  private static final int GPU_FROM = 136;
  private static final String HEADER =
      "series_id,timestamp,horizon,q50,q90,q95,q99,actual,last,reserved\n";

  private final Holdfast root;

  @Option(names = "--traces", paramLabel = "DIR", description = "Train and forecast on these.")
  private Optional<Path> traces = Optional.empty();

  @Option(names = "--train", paramLabel = "DIR", description = "Train on these only.")
  private Optional<Path> train = Optional.empty();

  @Option(names = "--test", paramLabel = "DIR", description = "Forecast these only.")
  private Optional<Path> test = Optional.empty();

  @Option(
      names = "--train-until",
      paramLabel = "DAY",
      description = "The last day of a month to train on, 3 to 29; forecasts follow. Default: 20.")
  private int trainUntil = 20;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description = {
        "How the models learn: xgboost or lstm. Default: xgboost.",
        "lstm is a module of its own; see ops/docs/lstm.md."
      })
  private ModelKind kind = ModelKind.XGBOOST;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where forecasts go: CSV, compressed if the name ends with .gz.")
  private Path out = Path.of("");

  private long rows;

  ForecastEvaluateCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    if (traces.isPresent() == (train.isPresent() || test.isPresent())
        || train.isPresent() != test.isPresent()) {
      throw CommandException.usage("Give --traces, or both --train and --test.");
    }
    if (trainUntil < 3 || trainUntil > 29) {
      throw CommandException.usage("--train-until is 3 to 29, not " + trainUntil + ".");
    }
    SeriesLearner learner = learner();
    TraceFolder from = new TraceFolder(train.or(() -> traces).orElseThrow());
    TraceFolder on = test.map(TraceFolder::new).orElse(from);
    List<Backtest.Plan> plans = new ArrayList<>();
    bitbrains(from, on).ifPresent(plans::add);
    plans.addAll(planetlab(from, on));
    gpu(from, on).ifPresent(plans::add);
    if (plans.isEmpty()) {
      throw CommandException.usage(
          "There are no traces below "
              + test.or(() -> traces).orElseThrow()
              + ": see"
              + " ops/docs/forecasts.md for the layout.");
    }
    write(plans, learner);
    JsonObject summary = new JsonObject();
    summary.addProperty("rows", rows);
    summary.addProperty("file", out.toString());
    root.print(summary, () -> rows + " forecasts in " + out + "\n");
    return Exit.OK.code();
  }

  private SeriesLearner learner() {
    return ServiceLoader.load(SeriesLearner.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(one -> one.kind() == kind)
        .findFirst()
        .orElseThrow(
            () ->
                CommandException.usage(
                    "Models of this kind are learnt by a module that is not on the class path."
                        + " Start the command with HOLDFAST_WITH=lstm; see ops/docs/lstm.md."));
  }

  private void write(List<Backtest.Plan> plans, SeriesLearner learner) {
    try (OutputStream file = Files.newOutputStream(out);
        OutputStream compressed =
            out.toString().endsWith(".gz") ? new GZIPOutputStream(file) : file;
        Writer writer = new OutputStreamWriter(compressed, StandardCharsets.UTF_8)) {
      writer.write(HEADER);
      for (Backtest.Plan plan : plans) {
        new Backtest(plan, learner).run(row -> write(writer, row));
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw CommandException.usage(out + " cannot be written: " + Refusal.deepest(e));
    }
  }

  private void write(Writer writer, ForecastRow row) {
    StringBuilder line = new StringBuilder(160).append(row.series()).append(',').append(row.time());
    line.append(',').append(row.ahead());
    line.append(',').append(row.p50()).append(',').append(row.p90());
    line.append(',').append(row.p95()).append(',').append(row.p99());
    line.append(',').append(row.actual()).append(',').append(row.last());
    line.append(',').append(row.reserved()).append('\n');
    try {
      writer.append(line);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    rows++;
  }

  private Optional<Backtest.Plan> bitbrains(TraceFolder from, TraceFolder on) {
    List<Trace> learnt = from.bitbrains();
    List<Trace> tried = on == from ? learnt : on.bitbrains();
    int until = trainUntil * TraceText.DAY;
    return tried.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Backtest.Plan(
                learnt,
                tried,
                Math.min(HISTORY, until / 2),
                until - until / REHEARSE_SHARE,
                until - until / REHEARSE_SHARE,
                until,
                until,
                BITBRAINS_LAST,
                BITBRAINS_EVERY));
  }

  /** Each day is forecast by what the other days taught; a single one by its own first half. */
  private static List<Backtest.Plan> planetlab(TraceFolder from, TraceFolder on) {
    Map<String, List<Trace>> learnt = from.planetlab();
    Map<String, List<Trace>> tried = on == from ? learnt : on.planetlab();
    List<Backtest.Plan> plans = new ArrayList<>();
    tried.forEach(
        (day, machines) -> {
          List<Trace> others = new ArrayList<>();
          learnt.forEach(
              (name, known) -> {
                if (!name.equals(day)) {
                  others.addAll(known);
                }
              });
          boolean alone = others.isEmpty();
          plans.add(
              new Backtest.Plan(
                  alone ? machines : others,
                  machines,
                  PLANETLAB_FROM / 2,
                  alone ? PLANETLAB_FROM * 3 / 4 : TraceText.DAY,
                  alone ? PLANETLAB_FROM * 3 / 4 : SHORT_HISTORY,
                  alone ? PLANETLAB_FROM : TraceText.DAY,
                  PLANETLAB_FROM,
                  TraceText.DAY,
                  SHORT_EVERY));
        });
    return plans;
  }

  private static Optional<Backtest.Plan> gpu(TraceFolder from, TraceFolder on) {
    List<Trace> learnt = from.gpu();
    List<Trace> tried = on == from ? learnt : on.gpu();
    return tried.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Backtest.Plan(
                learnt,
                tried,
                SHORT_HISTORY,
                GPU_FROM * 3 / 4,
                GPU_FROM * 3 / 4,
                GPU_FROM,
                GPU_FROM,
                2 * TraceText.DAY,
                SHORT_EVERY));
  }
}
