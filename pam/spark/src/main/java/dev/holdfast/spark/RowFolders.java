package dev.holdfast.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Folders of rows to train one model on, each with {@code rows.json} and {@code rows.f32}, as
 * {@code ops/docs/fleet.md} describes them; on any file system that Hadoop knows.
 *
 * @param files the files of records
 * @param resource what the rows are about
 * @param featuresVersion what the columns mean
 * @param records how many there are in all
 * @param columns numbers of a record before its label
 * @param rounds boosting rounds
 * @param parameters how XGBoost is to train, by its own names
 */
record RowFolders(
    List<String> files,
    String resource,
    int featuresVersion,
    long records,
    int columns,
    int rounds,
    SortedMap<String, String> parameters) {
  static final String HEADER = "rows.json";
  static final String RECORDS = "rows.f32";

  private static final int VERSION = 1;
  private static final int HEADER_BYTES_MAX = 64 << 10;
  private static final int COLUMNS_MAX = 10_000;
  private static final JsonMapper JSON = new JsonMapper();

  /** Copies. */
  RowFolders {
    files = List.copyOf(files);
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** The length of a record. */
  int recordBytes() {
    return (columns + 1) * Float.BYTES;
  }

  /**
   * Opens folders.
   *
   * @throws IllegalArgumentException if one has no rows, or others than the first
   */
  static RowFolders open(List<String> folders, Configuration hadoop) throws IOException {
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("name a folder of rows");
    }
    RowFolders all = one(folders.get(0), hadoop);
    for (String folder : folders.subList(1, folders.size())) {
      all = all.with(one(folder, hadoop), folder);
    }
    return all;
  }

  private static RowFolders one(String folder, Configuration hadoop) throws IOException {
    Path place = new Path(folder);
    FileSystem system = place.getFileSystem(hadoop);
    JsonNode header;
    try (InputStream in = system.open(new Path(place, HEADER))) {
      // One more than is allowed shows what is too long.
      byte[] text = in.readNBytes(HEADER_BYTES_MAX + 1);
      if (text.length > HEADER_BYTES_MAX) {
        throw new IllegalArgumentException(folder + " has too long a header");
      }
      header = JSON.readTree(new String(text, StandardCharsets.UTF_8));
    }
    if (!header.path("format").asText().equals("holdfast-training-rows")
        || header.path("version").asInt() != VERSION
        || !header.path("number").asText().equals("float32")
        || !header.path("byteOrder").asText().equals("little-endian")) {
      throw new IllegalArgumentException(folder + " has rows of another form than this job reads");
    }
    int columns = header.path("columns").size() - 1;
    long records = header.path("records").asLong(-1);
    int rounds = header.path("training").path("rounds").asInt();
    if (columns < 1 || columns > COLUMNS_MAX || records < 0 || rounds < 1) {
      throw new IllegalArgumentException(folder + " has a header without columns, rows or rounds");
    }
    Path file = new Path(place, RECORDS);
    SortedMap<String, String> parameters = new TreeMap<>();
    header
        .path("training")
        .path("parameters")
        .properties()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().asText()));
    RowFolders found =
        new RowFolders(
            List.of(file.toString()),
            header.path("resource").asText(),
            header.path("featuresVersion").asInt(),
            records,
            columns,
            rounds,
            parameters);
    long bytes = system.getFileStatus(file).getLen();
    if (bytes != records * found.recordBytes()
        || header.path("recordBytes").asInt() != found.recordBytes()) {
      throw new IllegalArgumentException(
          folder + " was cut short: " + bytes + " bytes are not " + records + " rows");
    }
    return found;
  }

  private RowFolders with(RowFolders other, String folder) {
    if (!other.resource.equals(resource)
        || other.featuresVersion != featuresVersion
        || other.columns != columns
        || other.rounds != rounds
        || !other.parameters.equals(parameters)) {
      throw new IllegalArgumentException(
          folder + " has rows of another resource, release or training than the first folder");
    }
    List<String> both = new ArrayList<>(files);
    both.addAll(other.files);
    return new RowFolders(
        both, resource, featuresVersion, records + other.records, columns, rounds, parameters);
  }
}
