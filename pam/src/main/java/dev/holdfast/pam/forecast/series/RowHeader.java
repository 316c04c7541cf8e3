package dev.holdfast.pam.forecast.series;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What stands beside a file of rows to train on: what the rows are, and how a model is to be
 * trained on them, so that whoever reads the file needs nothing else. Its JSON is described in
 * {@code ops/docs/fleet.md}.
 *
 * @param resource what the rows are about, such as {@code cpu}: 1 to 64 of a-z, 0-9, _ and -
 * @param records how many rows there are, 0 to {@link #RECORDS_MAX}
 * @param rounds boosting rounds, 1 to {@link #ROUNDS_MAX}
 * @param parameters how XGBoost is to train, by its own names: at most {@link #PARAMETERS_MAX}
 */
public record RowHeader(
    String resource, long records, int rounds, SortedMap<String, String> parameters) {
  /** The form of header and records. */
  public static final int VERSION = 1;

  /** The most rows of a file. */
  public static final long RECORDS_MAX = 1_000_000_000;

  /** The most boosting rounds. */
  public static final int ROUNDS_MAX = 1000;

  /** The most parameters, and the most characters of a name or a value. */
  public static final int PARAMETERS_MAX = 64;

  /** The longest header, in characters. */
  public static final int TEXT_MAX = 64 << 10;

  /** What the last column is called. */
  public static final String LABEL = "label";

  private static final String FORMAT = "holdfast-training-rows";
  private static final String BYTE_ORDER = "little-endian";
  private static final String NUMBER = "float32";
  private static final Pattern RESOURCE = Pattern.compile("[a-z0-9_-]{1,64}");
  private static final JsonMapper JSON = new JsonMapper();

  /** Copies, and refuses what is out of range. */
  public RowHeader {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    if (!RESOURCE.matcher(resource).matches()) {
      throw new IllegalArgumentException("a resource is 1 to 64 of a-z, 0-9, _ and -");
    }
    if (records < 0 || records > RECORDS_MAX || rounds < 1 || rounds > ROUNDS_MAX) {
      throw new IllegalArgumentException(records + " rows for " + rounds + " rounds");
    }
    if (parameters.size() > PARAMETERS_MAX
        || parameters.entrySet().stream()
            .anyMatch(
                entry ->
                    entry.getKey().length() > PARAMETERS_MAX
                        || entry.getValue().length() > PARAMETERS_MAX)) {
      throw new IllegalArgumentException("at most 64 parameters of at most 64 characters");
    }
  }

  /** The same of so many rows. */
  public RowHeader of(long rows) {
    return new RowHeader(resource, rows, rounds, parameters);
  }

  /** As JSON. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("version", VERSION);
    root.put("featuresVersion", SeriesFeatures.VERSION);
    root.put("resource", resource);
    root.put("records", records);
    root.put("recordBytes", RowWriter.RECORD_BYTES);
    root.put("number", NUMBER);
    root.put("byteOrder", BYTE_ORDER);
    ObjectNode training = root.putObject("training");
    training.put("rounds", rounds);
    ObjectNode named = training.putObject("parameters");
    parameters.forEach(named::put);
    ArrayNode columns = root.putArray("columns");
    SeriesFeatures.COLUMNS.forEach(column -> columns.add(column.name()));
    columns.add(LABEL);
    return root.toPrettyString() + "\n";
  }

  /**
   * Reads what {@link #toJson} gave.
   *
   * @throws IllegalArgumentException if it is anything else, or of another release's columns
   */
  public static RowHeader read(String text) {
    if (text.length() > TEXT_MAX) {
      throw new IllegalArgumentException("a header of " + text.length() + " characters");
    }
    try {
      JsonNode root = JSON.readTree(text);
      require(root, "format", FORMAT);
      require(root, "version", Integer.toString(VERSION));
      require(root, "featuresVersion", Integer.toString(SeriesFeatures.VERSION));
      require(root, "recordBytes", Integer.toString(RowWriter.RECORD_BYTES));
      require(root, "number", NUMBER);
      require(root, "byteOrder", BYTE_ORDER);
      columns(root.path("columns"));
      JsonNode records = root.path("records");
      JsonNode rounds = root.path("training").path("rounds");
      if (!records.isIntegralNumber() || !rounds.isInt() || !records.canConvertToLong()) {
        throw new IllegalArgumentException("\"records\" and \"rounds\" are whole numbers");
      }
      SortedMap<String, String> parameters = new TreeMap<>();
      for (var entry : root.path("training").path("parameters").properties()) {
        parameters.put(entry.getKey(), entry.getValue().asText());
      }
      return new RowHeader(
          root.path("resource").asText(), records.longValue(), rounds.intValue(), parameters);
    } catch (JsonProcessingException none) {
      throw new IllegalArgumentException("this header is no JSON", none);
    }
  }

  private static void require(JsonNode root, String field, String value) {
    if (!root.path(field).asText().equals(value)) {
      throw new IllegalArgumentException(
          "this release reads rows whose \"" + field + "\" is " + value + ": write them again");
    }
  }

  private static void columns(JsonNode names) {
    boolean same = names.size() == SeriesFeatures.COUNT + 1;
    for (int i = 0; same && i <= SeriesFeatures.COUNT; i++) {
      String own = i < SeriesFeatures.COUNT ? SeriesFeatures.COLUMNS.get(i).name() : LABEL;
      same = names.path(i).asText().equals(own);
    }
    if (!same) {
      throw new IllegalArgumentException("these columns are not those of this release");
    }
  }
}
