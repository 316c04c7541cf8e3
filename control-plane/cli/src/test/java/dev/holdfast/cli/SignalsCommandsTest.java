package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.holdfast.cli.NabScore.Labelled;
import dev.holdfast.cli.NabScore.Profile;
import dev.holdfast.cli.NabScore.Tally;
import dev.holdfast.cli.NabScore.Window;
import dev.holdfast.pam.signal.Rating;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SignalsCommandsTest {
  private static final Path PUBLISHED =
      Path.of(System.getProperty("holdfast.root", "."), "..", "shared", "traces", "nab")
          .normalize();
  private static final int ROWS = 1000;

  @TempDir private Path folder = Path.of("");

  private Ended evaluate(Path nab, String... more) {
    List<String> all = new ArrayList<>(List.of("signals", "evaluate", "--nab", nab.toString()));
    all.addAll(List.of("--out", folder.resolve("out").toString()));
    all.addAll(List.of(more));
    return Ended.of(() -> Instant.EPOCH, folder, all);
  }

  private Ended drifts(Path traces, String... more) {
    List<String> all =
        new ArrayList<>(List.of("signals", "evaluate", "--traces", traces.toString()));
    all.addAll(List.of(more));
    return Ended.of(() -> Instant.EPOCH, folder, all);
  }

  /** Twelve days of a machine that for one look in twenty sends far more for what it computes. */
  private void machine(int seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder("header\n");
    for (int step = 0; step < 12 * 288; step++) {
      boolean burst = step / 30 % 20 == seed;
      double cpu = (burst ? 800 : 200) * (0.9 + 0.2 * random.nextDouble());
      text.append(1_375_308_000L + 300L * step).append(";\t2;\t4000;\t").append(cpu);
      text.append(";\t1;\t8000;\t").append(1000 + random.nextInt(50)).append(";\t1;\t1;\t3;\t");
      text.append(cpu * (burst ? 50 : 5)).append('\n');
    }
    Path place = Files.createDirectories(folder.resolve("traces/bitbrains-rnd"));
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(Files.newOutputStream(place.resolve("2013-8_" + seed + ".csv.gz")))) {
      gzip.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private static JsonObject resource(Ended ended, String set, String resource) {
    assertEquals(0, ended.code(), ended.err());
    for (var entry : JsonParser.parseString(ended.out()).getAsJsonObject().getAsJsonArray("sets")) {
      if (entry.getAsJsonObject().get("set").getAsString().equals(set)) {
        return entry.getAsJsonObject().getAsJsonObject("resources").getAsJsonObject(resource);
      }
    }
    throw new AssertionError("no " + set + " in " + ended.out());
  }

  private static double error(JsonObject resource, String way) {
    return resource.getAsJsonObject("errors").get(way).getAsDouble();
  }

  @Test
  void whatIsSaidOfNeedsAfterDriftsIsShownBesideWhatCame() throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      machine(seed);
    }
    Path traces = folder.resolve("traces");
    Ended table = drifts(traces, "--train-until", "4", "--until", "12");
    assertTrue(table.out().contains("bitbrains  CPU_MILLICORES"), table + "");
    JsonObject cpu =
        resource(
            drifts(traces, "--train-until", "4", "--until", "12", "-o", "json"),
            "bitbrains",
            "CPU_MILLICORES");
    assertTrue(cpu.get("drifts").getAsInt() >= 9, cpu + "");
    assertTrue(error(cpu, "NO_CHANGE") > 1.2, "each burst falls back to a quarter: " + cpu);
    assertTrue(error(cpu, "SIGNAL") < 0.3, cpu + "");
  }

  @Test
  void onPublishedTracesWhatASignalSaysIsBetterThanNoChangeAndTheNearestDrifts() {
    Path traces = PUBLISHED.resolveSibling("");
    assumeTrue(
        Files.isDirectory(traces.resolve("bitbrains-rnd")), "there are no traces in " + traces);
    Ended ended = drifts(traces, "-o", "json");
    double signal = 0;
    double nearest = 0;
    for (String name :
        List.of(
            "CPU_MILLICORES",
            "MEMORY_BYTES",
            "DISK_WRITE_BYTES_PER_SECOND",
            "NETWORK_BYTES_PER_SECOND")) {
      JsonObject resource = resource(ended, "bitbrains", name);
      assertTrue(error(resource, "SIGNAL") < 0.9 * error(resource, "NO_CHANGE"), resource + "");
      signal += error(resource, "SIGNAL");
      nearest += error(resource, "NEAREST_BY_LOAD");
    }
    assertTrue(signal < 0.85 * nearest, signal + " and " + nearest);
  }

  @Test
  void anomaliesOrDriftsAreEvaluatedAndNotBoth() {
    assertTrue(drifts(folder, "--nab", "x").err().contains("Give --nab and --out, or --traces."));
    assertTrue(drifts(folder).err().contains("There are no traces below"));
    assertTrue(drifts(folder, "--train-until", "30").err().contains("before --until"));
  }

  private static String stamp(int row) {
    return SeriesFile.stamp(LocalDateTime.of(2026, 3, 2, 0, 0, 1).plusMinutes(5L * row).toString());
  }

  /** Noise with a spike in row 700. */
  private static String series() {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder("timestamp,value\n");
    for (int row = 0; row < ROWS; row++) {
      double value = row == 700 ? 100 : random.nextGaussian();
      text.append(stamp(row)).append(',').append(value).append('\n');
    }
    return text.toString();
  }

  private Path own(String labels) throws IOException {
    Path data = Files.createDirectories(folder.resolve("nab/data/made"));
    Files.writeString(data.resolve("plain.csv"), series());
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(series().getBytes(StandardCharsets.UTF_8));
    }
    Files.write(data.resolve("packed.csv.gz"), packed.toByteArray());
    if (!labels.isEmpty()) {
      Files.writeString(folder.resolve("nab/combined_windows.json"), labels);
    }
    return folder.resolve("nab");
  }

  private static List<String> scores(Path file) throws IOException {
    return Files.readAllLines(file);
  }

  @Test
  void everySeriesGetsAScoreForEachOfItsRowsInOrder() throws IOException {
    Ended ended = evaluate(own(""));
    assertEquals(0, ended.code(), ended.err());
    List<String> plain = scores(folder.resolve("out/made/plain.csv"));
    assertEquals("timestamp,anomaly_score", plain.getFirst());
    assertEquals(
        IntStream.range(0, ROWS).mapToObj(SignalsCommandsTest::stamp).toList(),
        plain.stream().skip(1).map(line -> line.split(",", -1)[0]).toList());
    assertTrue(Double.parseDouble(plain.get(701).split(",", -1)[1]) >= Rating.ALARM_SCORE);
    assertEquals(plain, scores(folder.resolve("out/made/packed.csv")));
    assertTrue(ended.out().contains("all 2"), ended.out());
  }

  @Test
  void whatAlarmsAreWorthByTheLabelsIsShown() throws IOException {
    String windows =
        "{\"made/plain.csv\": [[\"" + stamp(695) + ".000000\", \"" + stamp(705) + "\"]]}";
    Ended ended = evaluate(own(windows), "-o", "json");
    assertEquals(0, ended.code(), ended.err());
    JsonObject tree = JsonParser.parseString(ended.out()).getAsJsonObject();
    JsonObject plain = tree.getAsJsonArray("series").get(1).getAsJsonObject();
    assertEquals("made/plain.csv", plain.get("series").getAsString());
    assertEquals(1, plain.get("hit").getAsInt());
    assertTrue(tree.getAsJsonObject("scores").has("reward_low_FP_rate"), ended.out());
  }

  @Test
  void theEarliestAlarmInAWindowEarnsByHowEarlyItIsAndOneOutsideCosts() {
    List<String> stamps = IntStream.range(0, ROWS).mapToObj(SignalsCommandsTest::stamp).toList();
    List<Window> windows = List.of(new Window(stamp(500), stamp(599)));
    assertEquals(100, tally(windows, stamps, 500).score(Profile.STANDARD), 1e-9);
    assertEquals(0, tally(windows, stamps).score(Profile.STANDARD), 1e-9);
    double late = tally(windows, stamps, 590, 595).score(Profile.STANDARD);
    assertTrue(late > 50 && late < 65, "late: " + late);
    // One before any window costs its whole weight of the two that the window is worth.
    assertEquals(100 - 11 / 2.0, tally(windows, stamps, 200, 500).score(Profile.STANDARD), 1e-9);
    assertEquals(
        100 - 22 / 2.0, tally(windows, stamps, 200, 500).score(Profile.REWARD_LOW_FP_RATE), 1e-9);
    assertEquals(100, tally(windows, stamps, 149, 500).score(Profile.STANDARD), 1e-9);
    double behind = 11 / 2.0 - (100 - tally(windows, stamps, 500, 700).score(Profile.STANDARD));
    assertTrue(behind > 0 && behind < 0.1, "just over one width behind costs nearly all");
  }

  private static Tally tally(List<Window> windows, List<String> stamps, Integer... alarms) {
    return NabScore.tally(new Labelled(windows, stamps, List.of(alarms)));
  }

  @Test
  void whatCannotBeReadIsSaidWithFileAndLine() throws IOException {
    Path nab = own("");
    Ended nowhere = evaluate(folder.resolve("nowhere"));
    assertEquals(2, nowhere.code());
    assertTrue(nowhere.err().contains("There is no folder"), nowhere.err());
    Path bad = nab.resolve("data/made/plain.csv");
    for (String row : List.of("2026-03-02 00:00:00,NaN", "2026-03-02 00:00:00", "soon,1", ",1")) {
      Files.writeString(bad, "timestamp,value\n2026-03-01 00:00:00,1\n" + row + "\n");
      Ended ended = evaluate(nab);
      assertEquals(2, ended.code(), row);
      assertTrue(ended.err().contains("plain.csv:3: a row is"), ended.err());
    }
    Files.writeString(bad, "time;value\n");
    assertTrue(evaluate(nab).err().contains("plain.csv:1: the heading is"));
    Files.writeString(bad, series());
    Files.writeString(nab.resolve("combined_windows.json"), "{\"made/plain.csv\": [[1]]}");
    assertTrue(evaluate(nab).err().contains("combined_windows.json is no object of series"));
  }

  @Test
  void thePublishedSeriesAreWorthSeventyAtTheThresholdBuiltIn() throws IOException {
    assumeTrue(Files.isDirectory(PUBLISHED), "no traces beside the checkout: not evaluated");
    assertEquals(0, evaluate(PUBLISHED).code());
    Tally total = Tally.NONE;
    for (var labelled : NabScore.labels(PUBLISHED.resolve("combined_windows.json")).entrySet()) {
      List<String> stamps = new ArrayList<>();
      List<Integer> alarms = new ArrayList<>();
      for (String line : scores(folder.resolve("out").resolve(labelled.getKey()))) {
        String[] cells = line.split(",", -1);
        if (!cells[0].equals("timestamp")) {
          if (Double.parseDouble(cells[1]) >= Rating.ALARM_SCORE) {
            alarms.add(stamps.size());
          }
          stamps.add(cells[0]);
        }
      }
      total = total.plus(NabScore.tally(new Labelled(labelled.getValue(), stamps, alarms)));
    }
    assertTrue(total.score(Profile.STANDARD) >= 70, total + " is " + total.score(Profile.STANDARD));
  }
}
