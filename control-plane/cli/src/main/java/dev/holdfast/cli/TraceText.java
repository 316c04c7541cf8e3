package dev.holdfast.cli;

import dev.holdfast.pam.forecast.evaluation.Trace;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Public traces of usage as text, in the forms in which they are published; see {@code
 * ops/docs/forecasts.md}. What cannot be read is refused by its line.
 */
public final class TraceText {
  /** Every trace is put on steps of this many seconds: means of what falls into each. */
  static final int STEP = 300;

  /** Steps of a day. */
  static final int DAY = 86_400 / STEP;

  private static final int LINES_MAX = 5_000_000;
  private static final int LINE_CHARACTERS_MAX = 8192;
  private static final ZoneId BITBRAINS_ZONE = ZoneId.of("Europe/Amsterdam");
  private static final long GPU_START = 1_662_858_600;
  private static final int GPU_STEPS = 2 * DAY;
  private static final int POD_CHARACTERS = 12;

  private TraceText() {}

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

  /**
   * A virtual machine of Bitbrains' data centre: cpu, mem, disk and net, the first two of them with
   * what was provisioned.
   *
   * @param source where the text is from, for errors
   * @param month what it is of; its steps begin with the month, as clocks go there
   */
  public static Trace bitbrains(String source, YearMonth month, String id, BufferedReader in) {
    long start = month.atDay(1).atStartOfDay(BITBRAINS_ZONE).toEpochSecond();
    int steps = month.lengthOfMonth() * DAY;
    Grid cpu = new Grid(steps);
    Grid mem = new Grid(steps);
    Grid disk = new Grid(steps);
    Grid net = new Grid(steps);
    Grid cpuMost = new Grid(steps);
    Grid memMost = new Grid(steps);
    lines(
        source,
        in,
        true,
        line -> {
          double[] cells = numbers(line.split(";\\s*", -1), 11);
          long step = Math.floorDiv((long) cells[0] - start, (long) STEP);
          cpu.add(step, cells[3]);
          mem.add(step, cells[6]);
          disk.add(step, cells[7] + cells[8]);
          net.add(step, cells[9] + cells[10]);
          cpuMost.add(step, cells[2]);
          memMost.add(step, cells[5]);
        });
    TreeMap<String, double[]> amounts =
        new TreeMap<>(
            Map.of(
                "cpu", cpu.means(), "mem", mem.means(), "disk", disk.means(), "net", net.means()));
    TreeMap<String, double[]> provisioned =
        new TreeMap<>(Map.of("cpu", cpuMost.means(), "mem", memMost.means()));
    return new Trace(id, start, STEP, amounts, provisioned);
  }

  /** PlanetLab's machines of a day: each line a name and the CPU loads in per cent. */
  public static List<Trace> planetlab(String source, String day, BufferedReader in) {
    List<Trace> traces = new ArrayList<>();
    lines(
        source,
        in,
        false,
        line -> {
          String[] cells = line.split(",", -1);
          double[] load = numbers(Arrays.copyOfRange(cells, 1, cells.length), DAY);
          TreeMap<String, double[]> amounts = new TreeMap<>(Map.of("cpupct", load));
          traces.add(new Trace("pl-" + day + "-" + cells[0], 0, STEP, amounts));
        });
    return traces;
  }

  /** Pods that serve image generation, collected from a text for each resource. */
  public static final class Pods {
    private final Map<String, Map<String, Grid>> grids = new TreeMap<>();

    /**
     * Adds a resource.
     *
     * @param unit what its amounts are divided by
     */
    public void add(String source, String resource, double unit, BufferedReader in) {
      lines(
          source,
          in,
          true,
          line -> {
            String[] cells = line.split(",", -1);
            double[] numbers = numbers(Arrays.copyOfRange(cells, 1, cells.length), 2);
            long step = Math.floorDiv((long) numbers[0] - GPU_START, (long) STEP);
            String pod = cells[0].substring(0, Math.min(POD_CHARACTERS, cells[0].length()));
            grids
                .computeIfAbsent(pod, _ -> new TreeMap<>())
                .computeIfAbsent(resource, _ -> new Grid(GPU_STEPS))
                .add(step, numbers[1] / unit);
          });
    }

    /** The pods, by name. */
    public List<Trace> traces() {
      List<Trace> traces = new ArrayList<>();
      grids.forEach(
          (pod, resources) -> {
            TreeMap<String, double[]> amounts = new TreeMap<>();
            resources.forEach((resource, grid) -> amounts.put(resource, grid.means()));
            traces.add(new Trace("genai-" + pod, GPU_START, STEP, amounts));
          });
      return traces;
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
  private static void lines(
      String source, BufferedReader in, boolean header, Consumer<String> reader) {
    int number = 0;
    try {
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
          source + ", line " + number + ": " + Text.clean(String.valueOf(unreadable.getMessage())));
    } catch (IOException e) {
      throw CommandException.usage(source + " cannot be read: " + Refusal.deepest(e));
    }
  }
}
