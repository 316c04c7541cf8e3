package dev.holdfast.cli;

import com.google.gson.JsonObject;
import dev.holdfast.pam.forecast.evaluation.Backtest;
import dev.holdfast.pam.forecast.evaluation.ForecastRow;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.registry.ModelKind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
    SeriesLearner learner = learner();
    Path from = train.or(() -> traces).orElseThrow();
    write(new TracePlans(from, test.orElse(from), trainUntil).all(), learner);
    JsonObject summary = new JsonObject();
    summary.addProperty("rows", rows);
    summary.addProperty("file", out.toString());
    root.print(summary, () -> rows + " forecasts in " + out + "\n");
    return Exit.OK.code();
  }

  private SeriesLearner learner() {
    return SeriesLearner.found().stream()
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
}
