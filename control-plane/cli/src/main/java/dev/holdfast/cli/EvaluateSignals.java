package dev.holdfast.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.holdfast.cli.NabScore.Labelled;
import dev.holdfast.cli.NabScore.Profile;
import dev.holdfast.cli.NabScore.Tally;
import dev.holdfast.cli.NabScore.Window;
import dev.holdfast.pam.signal.AnomalyDetector;
import dev.holdfast.pam.signal.Rating;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Rates labelled series for anomalies, and says what the alarms are worth. */
@Command(
    name = "evaluate",
    description = {
      "Rates every series of a folder laid out as the Numenta Anomaly Benchmark: each row as it"
          + " comes, with one threshold for all.",
      "Writes for each the scores of its rows, and shows what the alarms are worth by the labels."
    })
final class EvaluateSignals implements Callable<Integer> {
  private static final int DEPTH_MAX = 8;
  private static final int SERIES_MAX = 10_000;

  private final Holdfast root;

  @Option(
      names = "--nab",
      required = true,
      paramLabel = "DIR",
      description =
          "Series in data/CATEGORY/FILE.csv or .csv.gz; labels, if there are any, in"
              + " combined_windows.json.")
  private Path nab = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Gets CATEGORY/FILE.csv of timestamp,anomaly_score for each series.")
  private Path out = Path.of("");

  EvaluateSignals(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Path data = nab.resolve("data");
    Path windows = nab.resolve("combined_windows.json");
    Map<String, List<Window>> labels = Files.exists(windows) ? NabScore.labels(windows) : Map.of();
    List<Evaluated> all = new ArrayList<>();
    for (Path file : series(data)) {
      String name = data.relativize(file).toString().replaceFirst("\\.gz$", "");
      all.add(evaluate(file, name, labels.getOrDefault(name, List.of())));
    }
    Tally total = all.stream().map(Evaluated::tally).reduce(Tally.NONE, Tally::plus);
    root.print(tree(all, total), () -> table(all, total));
    return Exit.OK.code();
  }

  private static List<Path> series(Path data) {
    if (!Files.isDirectory(data)) {
      throw CommandException.usage("There is no folder " + data + ".");
    }
    try (Stream<Path> files = Files.walk(data, DEPTH_MAX)) {
      List<Path> found =
          files
              .filter(file -> file.toString().matches(".*\\.csv(\\.gz)?"))
              .filter(Files::isRegularFile)
              .sorted()
              .limit(SERIES_MAX + 1L)
              .toList();
      if (found.isEmpty() || found.size() > SERIES_MAX) {
        throw CommandException.usage(
            "There are 1 to 10000 series (.csv or .csv.gz) below " + data + ".");
      }
      return found;
    } catch (IOException e) {
      throw CommandException.usage(data + " cannot be read: " + Refusal.deepest(e));
    }
  }

  private Evaluated evaluate(Path file, String name, List<Window> windows) {
    List<SeriesFile.Row> rows = SeriesFile.read(file);
    AnomalyDetector detector = new AnomalyDetector(AnomalyDetector.MEMORY_MAX);
    List<Integer> alarms = new ArrayList<>();
    Path scores = out.resolve(name);
    try {
      Files.createDirectories(scores.toAbsolutePath().getParent());
      try (BufferedWriter writer = Files.newBufferedWriter(scores)) {
        writer.write("timestamp,anomaly_score\n");
        for (int i = 0; i < rows.size(); i++) {
          Rating rating = detector.next(rows.get(i).observation());
          writer.write(rows.get(i).stamp() + "," + rating.score() + "\n");
          if (rating.alarm()) {
            alarms.add(i);
          }
        }
      }
    } catch (IOException e) {
      throw new CommandException(
          Exit.REFUSED, scores + " cannot be written: " + Refusal.deepest(e));
    }
    List<String> stamps = rows.stream().map(SeriesFile.Row::stamp).toList();
    Tally tally = NabScore.tally(new Labelled(windows, stamps, alarms));
    return new Evaluated(name, rows.size(), alarms.size(), tally);
  }

  /**
   * How one series went.
   *
   * @param name its path below the data
   * @param rows how many observations it has
   * @param alarms how many were raised
   * @param tally what they are worth, by its labels
   */
  private record Evaluated(String name, int rows, int alarms, Tally tally) {}

  private static String table(List<Evaluated> all, Tally total) {
    Table series = new Table("SERIES", "ROWS", "ALARMS", "WINDOWS", "HIT", "OUTSIDE");
    for (Evaluated one : all) {
      series.row(
          Text.clean(one.name()),
          Integer.toString(one.rows()),
          Integer.toString(one.alarms()),
          Integer.toString(one.tally().windows()),
          Integer.toString(one.tally().hit()),
          Integer.toString(one.tally().falseAlarms()));
    }
    series.row(
        "all " + all.size(),
        Integer.toString(all.stream().mapToInt(Evaluated::rows).sum()),
        Integer.toString(all.stream().mapToInt(Evaluated::alarms).sum()),
        Integer.toString(total.windows()),
        Integer.toString(total.hit()),
        Integer.toString(total.falseAlarms()));
    Table scores = new Table("PROFILE", "SCORE");
    for (Profile profile : Profile.values()) {
      scores.row(word(profile), String.format(Locale.ROOT, "%.2f", total.score(profile)));
    }
    String threshold = "An alarm is a score of " + Rating.ALARM_SCORE + " or more.\n";
    return series + "\n" + threshold + (total.windows() == 0 ? "" : "\n" + scores);
  }

  private static JsonObject tree(List<Evaluated> all, Tally total) {
    JsonArray series = new JsonArray();
    for (Evaluated one : all) {
      JsonObject entry = new JsonObject();
      entry.addProperty("series", one.name());
      entry.addProperty("rows", one.rows());
      entry.addProperty("alarms", one.alarms());
      entry.addProperty("windows", one.tally().windows());
      entry.addProperty("hit", one.tally().hit());
      entry.addProperty("outside", one.tally().falseAlarms());
      series.add(entry);
    }
    JsonObject scores = new JsonObject();
    if (total.windows() > 0) {
      for (Profile profile : Profile.values()) {
        scores.addProperty(word(profile), total.score(profile));
      }
    }
    JsonObject tree = new JsonObject();
    tree.addProperty("threshold", Rating.ALARM_SCORE);
    tree.add("series", series);
    tree.add("scores", scores);
    return tree;
  }

  /** As the benchmark spells it. */
  private static String word(Profile profile) {
    return switch (profile) {
      case STANDARD -> "standard";
      case REWARD_LOW_FP_RATE -> "reward_low_FP_rate";
      case REWARD_LOW_FN_RATE -> "reward_low_FN_rate";
    };
  }
}
