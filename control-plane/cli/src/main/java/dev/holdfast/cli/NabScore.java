package dev.holdfast.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What alarms are worth to the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015): of each labelled
 * window the earliest one counts, the earlier the more; one outside of all windows costs, the more
 * the further it is behind the last; 100 is perfect, and 0 is never to raise any.
 */
final class NabScore {
  private static final int FILE_BYTES_MAX = 16 << 20;

  /** Rows at the start of a series that nothing is counted of: 15 in 100, but at most 750. */
  private static final double PROBATION = 0.15;

  private static final int PROBATION_MAX = 750;

  private NabScore() {}

  /** What the benchmark weighs one against another. */
  enum Profile {
    STANDARD(1, 0.11),
    REWARD_LOW_FP_RATE(1, 0.22),
    REWARD_LOW_FN_RATE(2, 0.11);

    private final double missed;
    private final double falseAlarm;

    Profile(double missed, double falseAlarm) {
      this.missed = missed;
      this.falseAlarm = falseAlarm;
    }
  }

  /** A labelled window: the stamps of its first and last row. */
  record Window(String from, String to) {}

  /** A series with its labels, its stamps and where alarms were raised. */
  record Labelled(List<Window> windows, List<String> stamps, List<Integer> alarms) {}

  /**
   * What one series comes to.
   *
   * @param windows how many are labelled
   * @param hit how many of them an alarm was raised in
   * @param earned the worth of the earliest alarms in them
   * @param falseAlarms how many were raised outside
   * @param lost their cost, before it is weighed
   */
  record Tally(int windows, int hit, double earned, int falseAlarms, double lost) {
    static final Tally NONE = new Tally(0, 0, 0, 0, 0);

    Tally plus(Tally other) {
      return new Tally(
          windows + other.windows,
          hit + other.hit,
          earned + other.earned,
          falseAlarms + other.falseAlarms,
          lost + other.lost);
    }

    /** The score of all that was added up; 0 where nothing is labelled. */
    double score(Profile profile) {
      double raw = earned - profile.missed * (windows - hit) - profile.falseAlarm * lost;
      double none = -profile.missed * windows;
      return windows == 0 ? 0 : 100 * (raw - none) / (windows - none);
    }
  }

  private record Rows(int first, int last) {
    int width() {
      return last - first + 1;
    }
  }

  static Tally tally(Labelled series) {
    List<Rows> windows = rows(series);
    int probation = (int) Math.min(PROBATION * series.stamps().size(), PROBATION_MAX);
    double earned = 0;
    double lost = 0;
    int hit = 0;
    int outside = 0;
    int lastHit = -1;
    for (int alarm : series.alarms()) {
      int window = 0;
      while (window < windows.size() && windows.get(window).last() < alarm) {
        window++;
      }
      boolean inside = window < windows.size() && windows.get(window).first() <= alarm;
      if (alarm < probation || (inside && window == lastHit)) {
        continue;
      }
      if (inside) {
        Rows at = windows.get(window);
        earned += worth(-(at.last() - alarm + 1.0) / at.width()) / worth(-1);
        hit++;
        lastHit = window;
      } else {
        outside++;
        lost += window == 0 ? 1 : cost(alarm, windows.get(window - 1));
      }
    }
    return new Tally(windows.size(), hit, earned, outside, lost);
  }

  private static double cost(int alarm, Rows behind) {
    double distance = (alarm - behind.last()) / Math.max(behind.width() - 1.0, 1);
    return distance > 3 ? 1 : -worth(distance);
  }

  /** 1 far ahead of the end of a window, 0 at it, -1 far behind. */
  private static double worth(double position) {
    return 2 / (1 + Math.exp(5 * position)) - 1;
  }

  private static List<Rows> rows(Labelled series) {
    List<Rows> rows = new ArrayList<>();
    for (Window window : series.windows()) {
      int first = series.stamps().indexOf(window.from());
      int last = series.stamps().indexOf(window.to());
      if (first < 0 || last < first) {
        throw CommandException.usage(
            "A labelled window from "
                + Text.clean(window.from())
                + " to "
                + Text.clean(window.to())
                + " is not in its series.");
      }
      rows.add(new Rows(first, last));
    }
    rows.sort(Comparator.comparingInt(Rows::first));
    return rows;
  }

  /** The labels of {@code combined_windows.json}, by the path of the series below its data. */
  static Map<String, List<Window>> labels(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw CommandException.usage(file + " is longer than 16 MiB.");
      }
      return labels(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      throw CommandException.usage(
          file + " is no object of series, each with a list of pairs of times.");
    }
  }

  private static Map<String, List<Window>> labels(JsonObject tree) {
    Map<String, List<Window>> labels = new LinkedHashMap<>();
    for (Map.Entry<String, JsonElement> series : tree.entrySet()) {
      List<Window> windows = new ArrayList<>();
      for (JsonElement element : series.getValue().getAsJsonArray()) {
        JsonArray pair = element.getAsJsonArray();
        if (pair.size() != 2) {
          throw new IllegalStateException("a window is a pair of times");
        }
        windows.add(
            new Window(
                SeriesFile.stamp(pair.get(0).getAsString()),
                SeriesFile.stamp(pair.get(1).getAsString())));
      }
      labels.put(series.getKey(), List.copyOf(windows));
    }
    return labels;
  }
}
