package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.pam.forecast.xgboost.TreeReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ForecastEvaluateTest {
  private static final long AUGUST = 1_375_308_000;
  private static final int DAY = 288;

  @TempDir private Path folder = Path.of("");
  private Path traces = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void place() throws IOException {
    traces = Files.createDirectory(folder.resolve("traces"));
    out = folder.resolve("forecasts.csv.gz");
  }

  private Ended evaluate(String... options) {
    return run("evaluate", options);
  }

  private Ended run(String command, String... options) {
    List<String> all = new ArrayList<>(List.of("forecast", command));
    all.addAll(List.of(options));
    return Ended.of(() -> Instant.EPOCH, folder, all);
  }

  private static void assertDone(Ended ended) {
    assertEquals(0, ended.code(), ended.err());
    assertEquals("", ended.err());
  }

  private static void pack(Path file, String text) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    try (GZIPOutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private List<String> rows() throws IOException {
    try (GZIPInputStream gzip = new GZIPInputStream(Files.newInputStream(out))) {
      return new String(gzip.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** Four days of a machine; the sample of one step is missing. */
  private void machine(Path below, int seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder("header\n");
    for (int step = 0; step < 4 * DAY; step++) {
      if (step != 3 * DAY + 50) {
        double cpu = 100 + 20 * Math.sin(step / 46.0) + 5 * random.nextDouble();
        text.append(AUGUST + 300L * step + random.nextInt(20)).append(";\t4;\t8000;\t").append(cpu);
        text.append(";\t1;\t8000;\t").append(2 * cpu).append(";\t1;\t2;\t3;\t4\n");
      }
    }
    pack(below.resolve("bitbrains-rnd/2013-8_" + seed + ".csv.gz"), text.toString());
  }

  private String[] onThese() {
    return new String[] {
      "--traces", traces.toString(), "--train-until", "3", "--out", out.toString()
    };
  }

  @Test
  void everyForecastIsWrittenBesideWhatCame() throws IOException {
    machine(traces, 1);
    machine(traces, 2);
    assertDone(evaluate(onThese()));
    List<String> rows = rows();
    assertEquals(
        "series_id,timestamp,horizon,q50,q90,q95,q99,actual,last,reserved", rows.getFirst());
    for (String row : rows.subList(1, rows.size())) {
      String[] cells = row.split(",", -1);
      assertEquals(10, cells.length);
      long step = (Long.parseLong(cells[1]) - AUGUST) / 300;
      long target = step + Long.parseLong(cells[2]);
      assertEquals(0, (step - 3 * DAY) % 5);
      assertTrue(step >= 3 * DAY && step != 3 * DAY + 50 && target != 3 * DAY + 50, row);
      double before = 0;
      for (int i = 3; i < 7; i++) {
        double quantile = Double.parseDouble(cells[i]);
        assertTrue(quantile >= before, row);
        before = quantile;
      }
      double actual = Double.parseDouble(cells[7]);
      double median = Double.parseDouble(cells[3]);
      assertTrue(actual < 3 * median && median < 3 * actual, row);
    }
    assertTrue(rows.stream().anyMatch(row -> row.startsWith("cpu/bb-2013-8-2,")));
    assertTrue(rows.stream().anyMatch(row -> row.startsWith("disk/bb-2013-8-1,")));
  }

  @Test
  void theSameTracesGiveTheSameFile() throws IOException {
    machine(traces, 1);
    evaluate(onThese());
    byte[] first = Files.readAllBytes(out);
    evaluate(onThese());
    assertArrayEquals(first, Files.readAllBytes(out));
  }

  @Test
  void oneFolderTeachesAndAnotherIsForecast() throws IOException {
    Path others = folder.resolve("others");
    machine(traces, 1);
    machine(others, 9);
    assertDone(
        evaluate(
            "--train", traces.toString(),
            "--test", others.toString(),
            "--train-until", "3",
            "--out", out.toString()));
    assertTrue(rows().stream().skip(1).allMatch(row -> row.contains("/bb-2013-8-9,")));
  }

  @Test
  void aDayOfOtherMachinesAndPodsAreForecastToo() throws IOException {
    Random random = new Random(1);
    StringBuilder lines = new StringBuilder();
    StringBuilder pods = new StringBuilder("container_ip,timestamp_anon,value\n");
    for (int machine = 0; machine < 4; machine++) {
      lines.append("host_").append(machine);
      for (int step = 0; step < DAY; step++) {
        lines.append(',').append(20 + random.nextInt(10));
        pods.append("0123456789abcdef").append(machine).append(',');
        pods.append(1_662_858_600L + 300L * step).append(',').append(40 + random.nextInt(9));
        pods.append('\n');
      }
      lines.append('\n');
    }
    pack(traces.resolve("planetlab/20110303.csv.gz"), lines.toString());
    pack(traces.resolve("genai-gpu/gpu_duty_cycle.csv.gz"), pods.toString());
    assertDone(evaluate(onThese()));
    assertTrue(rows().get(1).startsWith("cpupct/pl-20110303-host_0,43200,1,"), rows().get(1));
    assertTrue(rows().getLast().startsWith("gpu/genai-0123456789ab,"), rows().getLast());
  }

  @Test
  void theRowsOfTracesTeachAModel() throws IOException {
    machine(traces, 1);
    machine(traces, 2);
    Path rows = folder.resolve("rows");
    assertDone(
        run(
            "rows",
            "--traces",
            traces.toString(),
            "--train-until",
            "3",
            "--rows",
            "1000",
            "--out",
            rows.toString()));
    RowFolder net = RowFolder.open(rows.resolve("net"));
    assertEquals("net", net.header().resource());
    assertTrue(net.header().records() > 500, net.header().toString());
    assertTrue(net.header().records() < 2000, net.header().toString());
    assertEquals(net.header().records(), RowFolder.open(rows.resolve("cpu")).header().records());
    Path model = folder.resolve("cpu.ubj");
    String cpu = rows.resolve("cpu").toString();
    assertDone(run("train", "--rows", cpu, "--out", model.toString()));
    assertTrue(TreeReader.read(Bytes.of(Files.readAllBytes(model))).size() > 4);
  }

  @Test
  void aModelIsNotTrainedOnRowsThatWereCutShort() throws IOException {
    Files.writeString(folder.resolve(RowFolder.RECORDS), "cut");
    Ended ended = run("train", "--rows", folder.toString(), "--out", out.toString());
    assertEquals(Exit.USAGE.code(), ended.code());
    assertTrue(ended.err().contains("has no rows to train on"), ended.err());
  }

  @Test
  void aLineThatCannotBeReadIsNamed() throws IOException {
    pack(traces.resolve("planetlab/20110303.csv.gz"), "host_1,12,oops\n");
    Ended ended = evaluate(onThese());
    assertEquals(Exit.USAGE.code(), ended.code());
    assertTrue(ended.err().contains("20110303.csv.gz, line 1: 288 numbers"), ended.err());
  }

  @Test
  void theLstmIsNotOnTheClassPathUnlessItIsPutThere() throws IOException {
    machine(traces, 1);
    List<String> options = new ArrayList<>(List.of(onThese()));
    options.addAll(List.of("--kind", "lstm"));
    Ended ended = evaluate(options.toArray(String[]::new));
    assertEquals(Exit.USAGE.code(), ended.code());
    assertTrue(ended.err().contains("HOLDFAST_WITH=lstm"), ended.err());
    assertThrows(ClassNotFoundException.class, () -> Class.forName("ai.djl.engine.Engine"));
  }

  @Test
  void whatIsAskedForMustMakeSense() {
    assertTrue(evaluate("--out", out.toString()).err().contains("--traces"));
    assertTrue(evaluate(onThese()).err().contains("There are no traces below"));
    assertTrue(
        evaluate("--traces", traces.toString(), "--train-until", "31", "--out", out.toString())
            .err()
            .contains("--train-until is 3 to 29, not 31"));
  }
}
