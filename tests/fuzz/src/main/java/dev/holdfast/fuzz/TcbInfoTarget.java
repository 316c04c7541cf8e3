package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.CollateralParser;
import dev.holdfast.attestation.collateral.Reading;
import dev.holdfast.attestation.collateral.TcbInfo;
import java.util.List;

/** TCB info: never an exception, and what is signed is a part of what came. */
final class TcbInfoTarget implements Target {
  private static final String SVNS = "{\"svn\":1},".repeat(15) + "{\"svn\":1}";
  private static final Bytes GOOD =
      Bytes.utf8(
          "{\"tcbInfo\":{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2026-01-01T00:00:00Z\","
              + "\"nextUpdate\":\"2026-02-01T00:00:00Z\",\"fmspc\":\"00606a000000\","
              + "\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":17,"
              + "\"tdxModule\":{\"mrsigner\":\""
              + "00".repeat(48)
              + "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},"
              + "\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":["
              + SVNS
              + "],\"pcesvn\":11,\"tdxtcbcomponents\":["
              + SVNS
              + "]},\"tcbDate\":\"2025-06-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},"
              + "\"signature\":\""
              + "00".repeat(64)
              + "\"}");

  @Override
  public Class<?> reader() {
    return CollateralParser.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(GOOD);
  }

  /** One document. */
  @Override
  public void read(byte[] data) {
    if (CollateralParser.tcbInfo(Bytes.of(data)) instanceof Reading.Legible<TcbInfo> legible) {
      SignedPart.require(data, legible.signed());
    } else if (Bytes.of(data).equals(GOOD)) {
      throw new IllegalStateException("the target's own document is refused");
    }
  }
}
