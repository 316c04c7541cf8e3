package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Bounded reading and writing of the kernel's small text files. */
final class CgroupFiles {
  /** What any one file may hold, in bytes: a thousand devices or ten thousand processes. */
  static final int BYTES_MAX = 256 * 1024;

  private CgroupFiles() {}

  static String read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    }
    if (bytes.length > BYTES_MAX) {
      throw new IOException(
          file + " is longer than the " + BYTES_MAX + " bytes that are read of it");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void write(Path file, String value) throws IOException {
    try {
      Files.writeString(
          file, value + "\n", StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException e) {
      throw new IOException("writing " + value + " to " + file + ": " + e.getMessage(), e);
    }
  }

  /** A count of 0 or more; "max", and -1 where the kernel says it for "no limit", are empty. */
  static OptionalLong limit(Path file) throws IOException {
    String text = read(file).strip();
    if (text.equals("max") || text.equals("-1")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(parseCount(file, text));
  }

  static long count(Path file) throws IOException {
    return parseCount(file, read(file).strip());
  }

  static OptionalLong countIfThere(Path file) throws IOException {
    return Files.exists(file) ? OptionalLong.of(count(file)) : OptionalLong.empty();
  }

  /**
   * Lines of one key and one count, such as {@code nr_throttled 3}; other lines are passed over.
   */
  static Map<String, Long> keyedCounts(Path file) throws IOException {
    Map<String, Long> counts = new HashMap<>();
    for (String line : read(file).split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.indexOf(' ', space + 1) < 0) {
        counts.put(line.substring(0, space), parseCount(file, line.substring(space + 1)));
      }
    }
    return counts;
  }

  static long keyed(Path file, String key) throws IOException {
    Long value = keyedCounts(file).get(key);
    if (value == null) {
      throw new IOException(file + " has no line \"" + key + "\"");
    }
    return value;
  }

  static List<Long> counts(Path file) throws IOException {
    List<Long> counts = new ArrayList<>();
    for (String line : read(file).split("\n", -1)) {
      if (!line.isBlank()) {
        counts.add(parseCount(file, line.strip()));
      }
    }
    return List.copyOf(counts);
  }

  /** The sum of two counts; what does not fit is as good as endless. */
  static long sum(long a, long b) {
    return a + b < 0 ? Long.MAX_VALUE : a + b;
  }

  static long parseCount(Path file, String text) throws IOException {
    // The kernel's counters are unsigned 64-bit; what does not fit is as good as endless.
    if (text.isEmpty() || text.length() > 20 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
      throw new IOException(file + " holds \"" + shown + "\" where a count was expected");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      return Long.MAX_VALUE;
    }
  }
}
