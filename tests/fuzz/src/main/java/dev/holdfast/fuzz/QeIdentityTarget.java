package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.CollateralParser;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.Reading;
import java.util.List;

/** An enclave identity: never an exception, and what is signed is a part of what came. */
final class QeIdentityTarget implements Target {
  private static final Bytes GOOD =
      Bytes.utf8(
          "{\"enclaveIdentity\":{\"id\":\"QE\",\"version\":2,"
              + "\"issueDate\":\"2026-01-01T00:00:00Z\",\"nextUpdate\":\"2026-02-01T00:00:00Z\","
              + "\"tcbEvaluationDataNumber\":17,\"miscselect\":\"00000000\","
              + "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"11000000000000000000000000000000\","
              + "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\""
              + "C1".repeat(32)
              + "\",\"isvprodid\":1,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":8},"
              + "\"tcbDate\":\"2025-06-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},"
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
    if (CollateralParser.qeIdentity(Bytes.of(data))
        instanceof Reading.Legible<QeIdentity> legible) {
      SignedPart.require(data, legible.signed());
    } else if (Bytes.of(data).equals(GOOD)) {
      throw new IllegalStateException("the target's own document is refused");
    }
  }
}
