package dev.holdfast.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.holdfast.pam.forecast.evaluation.Backtest;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes the rows that traces teach, to be trained on elsewhere. */
@Command(
    name = "rows",
    description = {
      "Writes the rows that models are trained on, from traces, in a folder for each resource.",
      "Talks to no server. ops/docs/fleet.md describes the files, and how Spark trains on them."
    })
final class ForecastRowsCommand implements Callable<Integer> {
  private static final long WANTED_MAX = 1_000_000_000;

  private final Holdfast root;

  @Option(
      names = "--traces",
      required = true,
      paramLabel = "DIR",
      description = "Traces, laid out as ops/docs/forecasts.md says.")
  private Path traces = Path.of("");

  @Option(
      names = "--train-until",
      paramLabel = "DAY",
      description = "The last day of a month to take rows of, 3 to 29. Default: 20.")
  private int trainUntil = 20;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "About how many rows for each resource at most. Default: 1000000.")
  private long wanted = 1_000_000;

  @Option(names = "--seed", paramLabel = "N", description = "Of the training. Default: 1.")
  private long seed = 1;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where they go.")
  private Path out = Path.of("");

  ForecastRowsCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    if (wanted < 1 || wanted > WANTED_MAX) {
      throw CommandException.usage("--rows is 1 to 1000000000, not " + wanted + ".");
    }
    JsonArray written = new JsonArray();
    StringBuilder table = new StringBuilder();
    XgboostLearner learner = new XgboostLearner();
    for (Backtest.Plan plan : new TracePlans(traces, traces, trainUntil).taught()) {
      Backtest replay = new Backtest(plan, learner);
      for (String resource : replay.resources()) {
        Path folder = out.resolve(resource);
        long rows = write(folder, learner, replay, resource);
        JsonObject one = new JsonObject();
        one.addProperty("resource", resource);
        one.addProperty("rows", rows);
        one.addProperty("folder", folder.toString());
        written.add(one);
        table.append(rows).append(" rows in ").append(folder).append('\n');
      }
    }
    root.print(written, table::toString);
    return Exit.OK.code();
  }

  private long write(Path folder, XgboostLearner learner, Backtest replay, String resource) {
    try (RowFolder.Writer rows = new RowFolder.Writer(folder, learner.header(resource, seed))) {
      replay.rows(resource, wanted, rows);
      rows.finish();
      return rows.rows();
    } catch (IOException | UncheckedIOException e) {
      throw CommandException.usage(folder + " cannot be written: " + Refusal.deepest(e));
    }
  }
}
