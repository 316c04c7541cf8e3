package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.xgboost.XgboostLearner;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What stands beside rows to train on: what is read names no path, and is written as it was. */
final class RowHeaderTarget implements Target {
  @Override
  public Class<?> reader() {
    return RowHeader.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.utf8(new XgboostLearner().header("cpu", 1).of(120_000).toJson()));
  }

  @Override
  public void read(byte[] data) {
    RowHeader read;
    try {
      read = RowHeader.read(new String(data, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException none) {
      return;
    }
    if (!RowHeader.read(read.toJson()).equals(read) || read.resource().contains("/")) {
      throw new IllegalStateException("a header is written otherwise than it was read");
    }
  }
}
