package dev.holdfast.cli;

import dev.holdfast.pam.forecast.evaluation.Trace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A folder of public traces of usage, laid out as {@code ops/docs/forecasts.md} says. */
final class TraceFolder {
  private static final Pattern BITBRAINS = Pattern.compile("(\\d{4})-(\\d{1,2})_(\\w+)\\.csv\\.gz");
  private static final Pattern PLANETLAB = Pattern.compile("(\\w+)\\.csv\\.gz");
  private static final Pattern GPU = Pattern.compile("\\w+\\.csv\\.gz");
  private static final Map<String, String> GPU_RESOURCES =
      Map.of(
          "gpu_duty_cycle.csv.gz", "gpu",
          "gpu_memory_used_bytes.csv.gz", "gpumem",
          "memory_util.csv.gz", "memutil");
  private static final double MEBIBYTE = 1 << 20;

  private final Path folder;

  TraceFolder(Path folder) {
    this.folder = folder;
  }

  /** Virtual machines of Bitbrains' data centre, a month each. */
  List<Trace> bitbrains() {
    List<Trace> traces = new ArrayList<>();
    for (Path file : files("bitbrains-rnd", BITBRAINS)) {
      Matcher name = BITBRAINS.matcher(file.getFileName().toString());
      if (name.matches()) {
        String id = "bb-" + name.group(1) + "-" + name.group(2) + "-" + name.group(3);
        YearMonth month = month(file, name.group(1), name.group(2));
        traces.add(read(file, in -> TraceText.bitbrains(file.toString(), month, id, in)));
      }
    }
    return traces;
  }

  private static YearMonth month(Path file, String year, String month) {
    try {
      return YearMonth.of(Integer.parseInt(year), Integer.parseInt(month));
    } catch (DateTimeException noMonth) {
      throw CommandException.usage(file + " names no month: " + noMonth.getMessage() + ".");
    }
  }

  /** PlanetLab's machines by day. */
  Map<String, List<Trace>> planetlab() {
    Map<String, List<Trace>> days = new TreeMap<>();
    for (Path file : files("planetlab", PLANETLAB)) {
      String name = file.getFileName().toString();
      String day = name.substring(0, name.indexOf('.'));
      days.put(day, read(file, in -> TraceText.planetlab(file.toString(), day, in)));
    }
    return days;
  }

  /** Pods that serve image generation: GPU duty cycle, GPU memory and container memory. */
  List<Trace> gpu() {
    TraceText.Pods pods = new TraceText.Pods();
    for (Path file : files("genai-gpu", GPU)) {
      String resource = GPU_RESOURCES.get(file.getFileName().toString());
      if (resource != null) {
        double unit = resource.equals("gpumem") ? MEBIBYTE : 1;
        read(
            file,
            in -> {
              pods.add(file.toString(), resource, unit, in);
              return pods;
            });
      }
    }
    return pods.traces();
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

  private static <T> T read(Path file, Function<BufferedReader, T> reader) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      return reader.apply(in);
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    }
  }
}
