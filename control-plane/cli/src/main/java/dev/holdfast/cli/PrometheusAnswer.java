package dev.holdfast.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What Prometheus answers to a range query (HTTP API, {@code /api/v1/query_range}).
 *
 * @param series at most {@link #SERIES_MAX}
 */
public record PrometheusAnswer(List<Series> series) {
  /** The most series of one answer. */
  public static final int SERIES_MAX = 10_000;

  /** The most points of one series: as many as Prometheus gives out. */
  public static final int POINTS_MAX = 11_000;

  /** The longest answer, in bytes. */
  public static final int BYTES_MAX = 16 << 20;

  private static final int LABELS_MAX = 128;
  private static final int TEXT_MAX = 4096;

  /** Copies. */
  public PrometheusAnswer {
    series = List.copyOf(series);
  }

  /**
   * One series.
   *
   * @param labels what it is of
   * @param points finite values by time, in milliseconds since 1970
   */
  public record Series(SortedMap<String, String> labels, SortedMap<Long, Double> points) {}

  /**
   * Reads an answer. Values that are no finite numbers are left out: nothing was measured then.
   *
   * @throws MalformedException if it is none, or says that the query failed
   */
  public static PrometheusAnswer parse(Bytes body) {
    JsonNode root = Json.parse(body, BYTES_MAX, "the answer");
    if (!root.path("status").asText().equals("success")) {
      String why = root.path("error").asText();
      throw new MalformedException(
          "the query failed: " + (why.length() > TEXT_MAX ? why.substring(0, TEXT_MAX) : why));
    }
    JsonNode data = root.path("data");
    if (!data.path("resultType").asText().equals("matrix") || !data.path("result").isArray()) {
      throw new MalformedException("the answer holds no series over time");
    }
    if (data.path("result").size() > SERIES_MAX) {
      throw new MalformedException(
          "an expression gives more than " + SERIES_MAX + " series: aggregate it, or import less");
    }
    List<Series> series = new ArrayList<>();
    for (JsonNode one : data.path("result")) {
      series.add(new Series(labels(one.path("metric")), points(one.path("values"))));
    }
    return new PrometheusAnswer(series);
  }

  private static SortedMap<String, String> labels(JsonNode metric) {
    if (!metric.isObject() || metric.size() > LABELS_MAX) {
      throw new MalformedException("a series has no labels, or more than " + LABELS_MAX);
    }
    SortedMap<String, String> labels = new TreeMap<>();
    for (Map.Entry<String, JsonNode> label : metric.properties()) {
      String text = label.getValue().asText();
      if (!label.getValue().isTextual() || text.length() > TEXT_MAX) {
        throw new MalformedException("a label is no text of at most " + TEXT_MAX + " characters");
      }
      labels.put(label.getKey(), text);
    }
    return labels;
  }

  private static SortedMap<Long, Double> points(JsonNode values) {
    if (values.size() > POINTS_MAX) {
      throw new MalformedException("a series has more than " + POINTS_MAX + " points");
    }
    SortedMap<Long, Double> points = new TreeMap<>();
    for (JsonNode point : values) {
      if (point.size() != 2 || !point.get(0).isNumber() || !point.get(1).isTextual()) {
        throw new MalformedException("a point is no time and value");
      }
      double seconds = point.get(0).asDouble();
      double value = number(point.get(1).asText());
      if (!(seconds >= 0 && seconds < 253_402_300_800.0)) {
        throw new MalformedException("a point lies outside of the years 1970 to 9999");
      }
      if (Double.isFinite(value)) {
        points.put(Math.round(seconds * 1000), value);
      }
    }
    return points;
  }

  /** As Prometheus writes numbers: Go's forms, of which NaN and the infinities differ from Java. */
  private static double number(String text) {
    if (text.length() > 64) {
      throw new MalformedException("a value is too long");
    }
    return switch (text) {
      case "NaN", "+Inf", "-Inf" -> Double.NaN;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw new MalformedException("a value is no number");
        }
      }
    };
  }
}
