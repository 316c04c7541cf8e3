package dev.holdfast.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.holdfast.pam.forecast.evaluation.Trace;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.signal.evaluation.DriftReplay;
import dev.holdfast.pam.signal.evaluation.Foretelling;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What is said of needs after drifts in traces, beside what came. */
final class DriftScores {
  private static final Duration DAY = Duration.ofDays(1);

  private final Map<String, DriftReplay> sets = new TreeMap<>();

  /**
   * Replays the traces of a folder, each of its sets as one type of work.
   *
   * @param trainUntil the last day of a month that only teaches, 1 to 30; of sets of one day the
   *     first half does
   * @param until the last day of a month that is looked at
   */
  DriftScores(Path folder, int trainUntil, int until) {
    if (trainUntil < 1 || until > 31 || trainUntil >= until) {
      throw CommandException.usage(
          "--train-until is 1 to 30 and before --until, which is 31 at most.");
    }
    TraceFolder traces = new TraceFolder(folder);
    replay("bitbrains", traces.bitbrains(), DAY.multipliedBy(trainUntil), DAY.multipliedBy(until));
    traces
        .planetlab()
        .values()
        .forEach(machines -> replay("planetlab", machines, DAY.dividedBy(2), DAY));
    replay("genai-gpu", traces.gpu(), DAY.dividedBy(2), DAY);
    if (sets.isEmpty()) {
      throw CommandException.usage(
          "There are no traces below " + folder + ": see ops/docs/forecasts.md for the layout.");
    }
  }

  private void replay(String set, List<Trace> traces, Duration from, Duration until) {
    if (!traces.isEmpty()) {
      Instant start =
          Instant.ofEpochSecond(traces.stream().mapToLong(Trace::start).min().orElseThrow());
      sets.computeIfAbsent(set, _ -> new DriftReplay())
          .run(
              traces.stream().map(TraceUsage::steps).toList(), start.plus(from), start.plus(until));
    }
  }

  String table() {
    List<String> columns = new ArrayList<>(List.of("SET", "RESOURCE", "DRIFTS"));
    Arrays.stream(Foretelling.values()).forEach(way -> columns.add(way.name().replace('_', ' ')));
    Table table = new Table(columns.toArray(String[]::new));
    StringBuilder counts = new StringBuilder();
    sets.forEach(
        (set, replay) -> {
          counts.append(
              "%s: %d drifts in %d looks.%n".formatted(set, replay.drifts(), replay.looks()));
          replay.scores().forEach((resource, score) -> table.row(row(set, resource, score)));
        });
    return table
        + "\nMean absolute errors of the logarithm of growth: 0.10 is to be off by 10 %.\n"
        + counts;
  }

  private static String[] row(String set, Resource resource, DriftReplay.Score score) {
    List<String> cells = new ArrayList<>(List.of(set, resource.name()));
    cells.add(Integer.toString(score.drifts()));
    score.errors().values().forEach(error -> cells.add(String.format(Locale.ROOT, "%.3f", error)));
    return cells.toArray(String[]::new);
  }

  JsonObject tree() {
    JsonArray all = new JsonArray();
    sets.forEach(
        (set, replay) -> {
          JsonObject entry = new JsonObject();
          entry.addProperty("set", set);
          entry.addProperty("looks", replay.looks());
          entry.addProperty("drifts", replay.drifts());
          JsonObject resources = new JsonObject();
          replay.scores().forEach((resource, score) -> resources.add(resource.name(), tree(score)));
          entry.add("resources", resources);
          all.add(entry);
        });
    JsonObject tree = new JsonObject();
    tree.add("sets", all);
    return tree;
  }

  private static JsonObject tree(DriftReplay.Score score) {
    JsonObject errors = new JsonObject();
    score.errors().forEach((way, error) -> errors.addProperty(way.name(), error));
    JsonObject tree = new JsonObject();
    tree.addProperty("drifts", score.drifts());
    tree.add("errors", errors);
    return tree;
  }
}
