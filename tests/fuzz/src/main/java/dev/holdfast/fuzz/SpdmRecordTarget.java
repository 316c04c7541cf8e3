package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.spdm.MeasurementBlock;
import java.util.List;

/** Measurement records: what is read is written again byte by byte. */
final class SpdmRecordTarget implements Target {
  @Override
  public Class<?> reader() {
    return MeasurementBlock.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.fromHex(
            "01" + "01" + "0500" + "01" + "0200" + "abcd" + "fe" + "01" + "0300" + "85" + "0000"));
  }

  /** One record. */
  @Override
  public void read(byte[] data) {
    try {
      Bytes again =
          Bytes.concat(
              MeasurementBlock.readRecord(Bytes.of(data)).stream()
                  .map(MeasurementBlock::encoded)
                  .toArray(Bytes[]::new));
      if (!again.equals(Bytes.of(data))) {
        throw new IllegalStateException("a record is not what was read");
      }
    } catch (MalformedException e) {
      return;
    }
  }
}
