package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.cli.CommandException;
import dev.holdfast.cli.SeriesFile;
import dev.holdfast.pam.signal.AnomalyDetector;
import dev.holdfast.pam.signal.Rating;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Series as text: refused, or rated row by row with a score from 0 to 1. */
final class SeriesFileTarget implements Target {
  @Override
  public Class<?> reader() {
    return SeriesFile.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("timestamp,value\n2014-04-01 00:00:00,12.5\n2014-04-01 00:05:00,-1e300\n"),
        Bytes.utf8("timestamp,value\r\n2014-04-01T00:00:00.000000,0\r\n\r\n"));
  }

  /** Every row that is read can be rated. */
  @Override
  public void read(byte[] data) {
    List<SeriesFile.Row> rows;
    try {
      rows = SeriesFile.parse("series", new String(data, StandardCharsets.UTF_8));
    } catch (CommandException _) {
      return;
    }
    AnomalyDetector detector = new AnomalyDetector(AnomalyDetector.MEMORY_MIN);
    for (SeriesFile.Row row : rows) {
      Rating rating = detector.next(row.observation());
      if (!(rating.rarity() >= 0)) {
        throw new IllegalStateException("no rarity: " + rating);
      }
    }
  }
}
