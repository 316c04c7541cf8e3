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
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what signals are worth: alarms by labels, and what is said of needs after drifts. */
@Command(
    name = "evaluate",
    description = {
      "With --nab, rates every series of a folder laid out as the Numenta Anomaly Benchmark: each"
          + " row as it comes, with one threshold for all. Writes for each the scores of its rows,"
          + " and shows what the alarms are worth by the labels.",
      "With --traces, replays traces of usage, and shows what is said of needs when behaviour"
          + " drifts beside what came. Talks to no server."
    })
final class EvaluateSignals implements Callable<Integer> {
  private static final int DEPTH_MAX = 8;
  private static final int SERIES_MAX = 10_000;

  private final Holdfast root;

  @Option(
      names = "--nab",
      paramLabel = "DIR",
      description =
          "Series in data/CATEGORY/FILE.csv or .csv.gz; labels, if there are any, in"
              + " combined_windows.json.")
  private Optional<Path> nab = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Gets CATEGORY/FILE.csv of timestamp,anomaly_score for each series of --nab.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--traces",
      paramLabel = "DIR",
      description = "Traces of usage, laid out as ops/docs/forecasts.md says.")
  private Optional<Path> traces = Optional.empty();

  @Option(
      names = "--train-until",
      paramLabel = "DAY",
      description = "The last day of a month that only teaches what drifts lead to. Default: 20.")
  private int trainUntil = 20;

  @Option(
      names = "--until",
      paramLabel = "DAY",
      description = "The last day of a month that is looked at. Default: 30.")
  private int until = 30;

  EvaluateSignals(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    if (nab.isPresent() == traces.isPresent() || nab.isPresent() != out.isPresent()) {
      throw CommandException.usage("Give --nab and --out, or --traces.");
    }
    traces.ifPresent(this::drifts);
    nab.ifPresent(folder -> anomalies(folder, out.orElseThrow()));
    return Exit.OK.code();
  }

  private void drifts(Path folder) {
    DriftScores scores = new DriftScores(folder, trainUntil, until);
    root.print(scores.tree(), scores::table);
  }

  private void anomalies(Path folder, Path scores) {
    Path data = folder.resolve("data");
    Path windows = folder.resolve("combined_windows.json");
    Map<String, List<Window>> labels = Files.exists(windows) ? NabScore.labels(windows) : Map.of();
    List<Evaluated> all = new ArrayList<>();
    for (Path file : series(data)) {
      String name = data.relativize(file).toString().replaceFirst("\\.gz$", "");
      List<Window> known = labels.getOrDefault(name, List.of());
      all.add(evaluate(file, scores.resolve(name), name, known));
    }
    Tally total = all.stream().map(Evaluated::tally).reduce(Tally.NONE, Tally::plus);
    root.print(tree(all, total), () -> table(all, total));
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

  private static Evaluated evaluate(Path file, Path scores, String name, List<Window> windows) {
    List<SeriesFile.Row> rows = SeriesFile.read(file);
    AnomalyDetector detector = new AnomalyDetector(AnomalyDetector.MEMORY_MAX);
    List<Integer> alarms = new ArrayList<>();
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
