package dev.holdfast.cli;

import dev.holdfast.pam.forecast.evaluation.Trace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * A folder of public traces of usage, in the forms in which they are published; see {@code
 * ops/docs/forecasts.md}.
 */
final class TraceFolder {
  /** Every trace is put on steps of this many seconds: means of what falls into each. */
  static final int STEP = 300;

  /** Steps of a day. */
  static final int DAY = 86_400 / STEP;

  private static final int LINES_MAX = 5_000_000;
  private static final int LINE_CHARACTERS_MAX = 8192;
  private static final Pattern BITBRAINS = Pattern.compile("(\\d{4})-(\\d{1,2})_(\\w+)\\.csv\\.gz");
  private static final ZoneId BITBRAINS_ZONE = ZoneId.of("Europe/Amsterdam");
  private static final Pattern PLANETLAB = Pattern.compile("(\\w+)\\.csv\\.gz");
  private static final long GPU_START = 1_662_858_600;
  private static final int GPU_STEPS = 2 * DAY;
  private static final double MEGABYTE = 1 << 20;

  private final Path folder;

  TraceFolder(Path folder) {
    this.folder = folder;
  }

  /** Means over steps. */
  private static final class Grid {
    private final double[] sums;
    private final int[] counts;

    Grid(int steps) {
      sums = new double[steps];
      counts = new int[steps];
    }

    void add(long step, double amount) {
      if (step >= 0 && step < sums.length) {
        sums[(int) step] += amount;
        counts[(int) step]++;
      }
    }

    double[] means() {
      int length = sums.length;
      while (length > 0 && counts[length - 1] == 0) {
        length--;
      }
      double[] means = new double[length];
      Arrays.setAll(means, i -> counts[i] == 0 ? Double.NaN : sums[i] / counts[i]);
      return means;
    }
  }

  /** Virtual machines of Bitbrains' data centre, a month each: cpu, mem, disk and net. */
  List<Trace> bitbrains() {
    List<Trace> traces = new ArrayList<>();
    for (Path file : files("bitbrains-rnd", BITBRAINS)) {
      Matcher name = BITBRAINS.matcher(file.getFileName().toString());
      if (name.matches()) {
        traces.add(bitbrains(file, name));
      }
    }
    return traces;
  }

  private static Trace bitbrains(Path file, Matcher name) {
    YearMonth month;
    try {
      month = YearMonth.of(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2)));
    } catch (java.time.DateTimeException noMonth) {
      throw CommandException.usage(file + " names no month: " + noMonth.getMessage() + ".");
    }
    long start = month.atDay(1).atStartOfDay(BITBRAINS_ZONE).toEpochSecond();
    int steps = month.lengthOfMonth() * DAY;
    Grid cpu = new Grid(steps);
    Grid mem = new Grid(steps);
    Grid disk = new Grid(steps);
    Grid net = new Grid(steps);
    lines(
        file,
        true,
        line -> {
          double[] cells = numbers(line.split(";\\s*", -1), 11);
          long step = Math.floorDiv((long) cells[0] - start, (long) STEP);
          cpu.add(step, cells[3]);
          mem.add(step, cells[6]);
          disk.add(step, cells[7] + cells[8]);
          net.add(step, cells[9] + cells[10]);
        });
    TreeMap<String, double[]> amounts =
        new TreeMap<>(
            Map.of(
                "cpu", cpu.means(), "mem", mem.means(), "disk", disk.means(), "net", net.means()));
    return new Trace(
        "bb-" + name.group(1) + "-" + name.group(2) + "-" + name.group(3), start, STEP, amounts);
  }

  /** PlanetLab's machines by day: each line a name and the CPU load in per cent. */
  Map<String, List<Trace>> planetlab() {
    Map<String, List<Trace>> days = new TreeMap<>();
    for (Path file : files("planetlab", PLANETLAB)) {
      Matcher name = PLANETLAB.matcher(file.getFileName().toString());
      if (name.matches()) {
        List<Trace> traces = new ArrayList<>();
        lines(
            file,
            false,
            line -> {
              String[] cells = line.split(",", -1);
              double[] load = numbers(Arrays.copyOfRange(cells, 1, cells.length), DAY);
              TreeMap<String, double[]> amounts = new TreeMap<>(Map.of("cpupct", load));
              traces.add(new Trace("pl-" + name.group(1) + "-" + cells[0], 0, STEP, amounts));
            });
        days.put(name.group(1), traces);
      }
    }
    return days;
  }

  /** Pods that serve image generation: GPU duty cycle, GPU memory and container memory. */
  List<Trace> gpu() {
    Map<String, Map<String, Grid>> pods = new TreeMap<>();
    Map<String, String> columns =
        Map.of(
            "gpu_duty_cycle.csv.gz", "gpu",
            "gpu_memory_used_bytes.csv.gz", "gpumem",
            "memory_util.csv.gz", "memutil");
    for (Path file : files("genai-gpu", Pattern.compile(".*\\.csv\\.gz"))) {
      String resource = columns.get(file.getFileName().toString());
      if (resource != null) {
        double unit = resource.equals("gpumem") ? MEGABYTE : 1;
        lines(
            file,
            true,
            line -> {
              String[] cells = line.split(",", -1);
              double[] numbers = numbers(Arrays.copyOfRange(cells, 1, cells.length), 2);
              long step = Math.floorDiv((long) numbers[0] - GPU_START, (long) STEP);
              String pod = cells[0].substring(0, Math.min(12, cells[0].length()));
              pods.computeIfAbsent(pod, _ -> new TreeMap<>())
                  .computeIfAbsent(resource, _ -> new Grid(GPU_STEPS))
                  .add(step, numbers[1] / unit);
            });
      }
    }
    List<Trace> traces = new ArrayList<>();
    pods.forEach(
        (pod, grids) -> {
          TreeMap<String, double[]> amounts = new TreeMap<>();
          grids.forEach((resource, grid) -> amounts.put(resource, grid.means()));
          traces.add(new Trace("genai-" + pod, GPU_START, STEP, amounts));
        });
    return traces;
  }

  private List<Path> files(String below, Pattern name) {
    Path place = folder.resolve(below);
    if (!Files.isDirectory(place)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(place)) {
      return files
          .filter(file -> name.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw CommandException.usage(place + " cannot be read: " + Refusal.deepest(e));
    }
  }

  private static double[] numbers(String[] cells, int count) {
    if (cells.length != count) {
      throw new IllegalArgumentException(count + " numbers are expected, not " + cells.length);
    }
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = Double.parseDouble(cells[i]);
      if (!Double.isFinite(numbers[i])) {
        throw new IllegalArgumentException("\"" + cells[i] + "\" is no number");
      }
    }
    return numbers;
  }

  /** Gives every line after the header to a reader, and says where one could not be read. */
  private static void lines(Path file, boolean header, Consumer<String> reader) {
    int number = 0;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (number > LINES_MAX || line.length() > LINE_CHARACTERS_MAX) {
          throw new IllegalArgumentException(
              "more than " + LINES_MAX + " lines of " + LINE_CHARACTERS_MAX + " characters");
        }
        if (number > 1 || !header) {
          reader.accept(line.strip());
        }
      }
    } catch (IllegalArgumentException unreadable) {
      throw CommandException.usage(
          file + ", line " + number + ": " + Text.clean(String.valueOf(unreadable.getMessage())));
    } catch (IOException | UncheckedIOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    }
  }
}
