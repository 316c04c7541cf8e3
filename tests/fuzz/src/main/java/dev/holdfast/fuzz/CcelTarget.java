package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.eventlog.CcelTable;
import java.util.List;

/** The table that says where an event log lies: never an exception, and one length only. */
final class CcelTarget implements Target {
  @Override
  public Class<?> reader() {
    return CcelTable.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.fromHex(
            "4343454c38000000"
                + "01aa"
                + "00".repeat(26)
                + "02000000"
                + "0000010000000000"
                + "0090647d00000000"));
  }

  @Override
  public void read(byte[] data) {
    if (CcelTable.parse(Bytes.of(data)) instanceof CcelTable.Legible
        && data.length != CcelTable.LENGTH) {
      throw new IllegalStateException("a table of another length was read");
    }
  }
}
