package dev.holdfast.cli;

import dev.holdfast.pam.signal.Observation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A series as a text of two columns, {@code timestamp,value}, with a heading: the form of the
 * Numenta Anomaly Benchmark's files. Timestamps are without a zone, taken as UTC, to the second.
 */
public final class SeriesFile {
  /** The largest file, unpacked. */
  static final int BYTES_MAX = 64 << 20;

  private static final String HEADING = "timestamp,value";
  private static final int STAMP_CHARACTERS = 19;

  private SeriesFile() {}

  /**
   * One row.
   *
   * @param stamp its time, as written, to the second
   * @param observation what it says
   */
  public record Row(String stamp, Observation observation) {}

  /** Reads a file, unpacking it if its name ends with .gz; says what is wrong and in which line. */
  static List<Row> read(Path file) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw CommandException.usage(file + " is longer than 64 MiB.");
      }
      return parse(file.toString(), new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    }
  }

  /**
   * The rows of a file, in its order.
   *
   * @param name what the file is called in complaints
   * @throws CommandException if a line is not of the form
   */
  public static List<Row> parse(String name, String text) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().strip().equals(HEADING)) {
      throw CommandException.usage(name + ":1: the heading is \"" + HEADING + "\".");
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        rows.add(row(name + ":" + (i + 1), lines.get(i)));
      }
    }
    return List.copyOf(rows);
  }

  private static Row row(String place, String line) {
    int comma = line.indexOf(',');
    try {
      String stamp = stamp(line.substring(0, Math.max(comma, 0)));
      double value = Double.parseDouble(line.substring(comma + 1).strip());
      if (comma > 0 && Observation.within(value)) {
        LocalDateTime time = LocalDateTime.parse(stamp.replace(' ', 'T'));
        return new Row(stamp, new Observation(time.toInstant(ZoneOffset.UTC), value));
      }
    } catch (NumberFormatException | DateTimeParseException e) {
      // Refused below, in words that do not repeat the line.
    }
    throw CommandException.usage(
        place + ": a row is a time and a number, such as 2014-04-01 00:05:00,12.5.");
  }

  /** A time to the second, with a blank before its clock. */
  static String stamp(String written) {
    String stamp = written.strip().replace('T', ' ');
    return stamp.substring(0, Math.min(STAMP_CHARACTERS, stamp.length()));
  }
}
