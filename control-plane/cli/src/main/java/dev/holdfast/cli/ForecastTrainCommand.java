package dev.holdfast.cli;

import com.google.gson.JsonObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a model on a folder of rows, without holding them in memory. */
@Command(
    name = "train",
    description = {
      "Trains the model of one resource on rows, however many, on this machine.",
      "Talks to no server; \"holdfast models import\" hands the model to one."
    })
final class ForecastTrainCommand implements Callable<Integer> {
  private final Holdfast root;

  @Option(
      names = "--rows",
      required = true,
      paramLabel = "DIR",
      description = "The folder of a resource, from \"forecast rows\" or \"models rows\".")
  private Path rows = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where the model goes, as XGBoost's UBJSON.")
  private Path out = Path.of("");

  ForecastTrainCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    RowFolder folder = open();
    if (folder.header().records() == 0) {
      throw CommandException.usage("There are no rows in " + rows + ".");
    }
    try {
      Bytes model = new XgboostLearner().train(folder);
      Files.write(out, model.toByteArray());
      JsonObject summary = new JsonObject();
      summary.addProperty("resource", folder.header().resource());
      summary.addProperty("rows", folder.header().records());
      summary.addProperty("file", out.toString());
      root.print(
          summary, () -> "a model of " + folder.header().records() + " rows in " + out + "\n");
      return Exit.OK.code();
    } catch (IOException e) {
      throw CommandException.usage("The model could not be made: " + Refusal.deepest(e) + ".");
    }
  }

  private RowFolder open() {
    try {
      return RowFolder.open(rows);
    } catch (IOException | IllegalArgumentException e) {
      throw CommandException.usage(rows + " has no rows to train on: " + Refusal.deepest(e) + ".");
    }
  }
}
