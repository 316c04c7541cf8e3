package dev.holdfast.pam.forecast.xgboost;

import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.series.RowSink;
import dev.holdfast.pam.forecast.series.RowWriter;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.forecast.series.Setting;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Rows to train on in a folder: records in {@link #RECORDS}, as {@link RowWriter} describes them,
 * and what they are in {@link #HEADER}. The header is written last: a folder without one was cut
 * short.
 *
 * @param records the file of records
 * @param header what they are
 */
public record RowFolder(Path records, RowHeader header) {
  /** The name of the file of records. */
  public static final String RECORDS = "rows.f32";

  /** The name of the file that says what they are. */
  public static final String HEADER = "rows.json";

  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * Opens a folder.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it has no rows of this release, or not as many as it says
   */
  public static RowFolder open(Path folder) throws IOException {
    String text;
    try (InputStream in = Files.newInputStream(folder.resolve(HEADER))) {
      // One more than is allowed shows what is too long.
      text = new String(in.readNBytes(RowHeader.TEXT_MAX + 1), StandardCharsets.UTF_8);
    }
    RowHeader header = RowHeader.read(text);
    Path records = folder.resolve(RECORDS);
    long bytes = Files.size(records);
    if (bytes != header.records() * RowWriter.RECORD_BYTES) {
      throw new IllegalArgumentException(
          header.records()
              + " rows are "
              + header.records() * RowWriter.RECORD_BYTES
              + " bytes, and the file has "
              + bytes);
    }
    return new RowFolder(records, header);
  }

  /** Writes the rows of one folder, which is whole once {@link #finish} was called. */
  public static final class Writer implements RowSink, AutoCloseable {
    private final Path folder;
    private final RowHeader header;
    private final OutputStream out;
    private final RowWriter rows;
    private long copied;

    /**
     * Begins.
     *
     * @param folder where, made if it is not there; rows that it has are written over
     * @param header what is written; how many rows is counted
     */
    public Writer(Path folder, RowHeader header) throws IOException {
      this.folder = Files.createDirectories(folder);
      this.header = header;
      Files.deleteIfExists(folder.resolve(HEADER));
      out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(RECORDS)), BUFFER_BYTES);
      rows = new RowWriter(out);
    }

    @Override
    public void add(SeriesFeatures seen, double unit, int ahead, Setting setting, double amount) {
      rows.add(seen, unit, ahead, setting, amount);
    }

    /**
     * Takes rows that were written elsewhere.
     *
     * @param records whole records of this release
     */
    public void copy(byte[] records) throws IOException {
      if (records.length % RowWriter.RECORD_BYTES != 0) {
        throw new IllegalArgumentException("records are of " + RowWriter.RECORD_BYTES + " bytes");
      }
      out.write(records);
      copied += records.length / RowWriter.RECORD_BYTES;
    }

    @Override
    public long rows() {
      return rows.rows() + copied;
    }

    /** Writes the header, after the last row. */
    public void finish() throws IOException {
      out.close();
      Files.writeString(folder.resolve(HEADER), header.of(rows()).toJson());
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
