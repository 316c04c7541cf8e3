package dev.holdfast.attestation.snp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CertificateTableTest {
  private static final Bytes GOOD =
      table(
          Map.of(
              CertificateTable.VCEK, PaperSnp.vcek(),
              CertificateTable.ASK, PaperSnp.ASK_CERTIFICATE,
              CertificateTable.ARK, PaperSnp.ARK_CERTIFICATE));

  private static Bytes table(Map<String, Bytes> entries) {
    ByteBuffer out = ByteBuffer.allocate(32 * 1024).order(ByteOrder.LITTLE_ENDIAN);
    int at = 24 * (entries.size() + 1);
    for (Map.Entry<String, Bytes> entry : new TreeMap<>(entries).entrySet()) {
      out.put(Bytes.fromHex(entry.getKey().replace("-", "")).toByteArray());
      out.putInt(at).putInt(entry.getValue().length());
      out.put(at, entry.getValue().toByteArray());
      at += entry.getValue().length();
    }
    return Bytes.copyOf(out.array(), 0, at);
  }

  @Test
  void aTableHoldsItsCertificatesByName() {
    CertificateTable table = CertificateTable.parse(GOOD);
    assertEquals(Optional.of(PaperSnp.ASK_CERTIFICATE), table.entry(CertificateTable.ASK));
    assertEquals(Optional.empty(), table.entry(CertificateTable.VLEK));
    assertTrue(CertificateTable.parse(Bytes.EMPTY).entries().isEmpty());
  }

  @Test
  void aReportWithItsTableIsProven() {
    SnpEvidence evidence = CertificateTable.parse(GOOD).with(PaperSnp.report(4).signed());
    assertInstanceOf(
        Outcome.Proven.class,
        SnpReportVerifier.verify(
            evidence, SnpExpectation.STRICT, PaperSnp.anchors(), PaperSnp.NOW));
  }

  @Test
  void aTableWithoutTheKeyOfTheReportIsNoEvidenceForIt() {
    Bytes loaded = PaperSnp.report(3).number(0x48, 1 << 2).signed();
    CertificateTable table = CertificateTable.parse(GOOD);
    assertThrows(MalformedException.class, () -> table.with(loaded));
  }

  @Test
  void aRowThatPointsOutsideOrIntoTheRowsIsRefused() {
    for (int[] change : new int[][] {{16, 0}, {16, 95}, {16, 0x7fffffff}, {16, -1}, {20, -1}}) {
      byte[] bytes = GOOD.toByteArray();
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(change[0], change[1]);
      assertThrows(MalformedException.class, () -> CertificateTable.parse(Bytes.of(bytes)));
    }
  }

  @Test
  void aTableThatDoesNotEndOrNamesAGuidTwiceOrIsTooLongIsRefused() {
    assertThrows(MalformedException.class, () -> CertificateTable.parse(GOOD.slice(0, 72)));
    byte[] twice = GOOD.toByteArray();
    System.arraycopy(twice, 0, twice, 24, 24);
    assertThrows(MalformedException.class, () -> CertificateTable.parse(Bytes.of(twice)));
    byte[] rows = PaperSnp.filled(24 * 18, 1);
    for (int i = 0; i < 18; i++) {
      rows[24 * i] = (byte) i;
    }
    assertThrows(MalformedException.class, () -> CertificateTable.parse(Bytes.of(rows)));
    assertThrows(
        MalformedException.class,
        () -> CertificateTable.parse(Bytes.of(new byte[CertificateTable.MAX_BYTES + 1])));
  }

  @Test
  void noBytesMakeTheReaderThrowAnythingElse() {
    long seed = 20260301;
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      byte[] bytes = GOOD.toByteArray();
      for (int change = 0; change <= random.nextInt(4); change++) {
        bytes[random.nextInt(96)] = (byte) random.nextInt();
      }
      try {
        CertificateTable.parse(Bytes.of(bytes));
      } catch (MalformedException e) {
        assertTrue(!e.words().isEmpty(), "seed " + seed);
      }
    }
  }
}
