package dev.holdfast.agent.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.PaperDcap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Evidence and endorsements of Open Enclave, written by a platform on paper. */
final class PaperEvidence {
  private static final PaperDcap PLATFORM = new PaperDcap();
  private static final PaperDcap.Frame SGX = PaperDcap.Frame.SGX_3;

  private PaperEvidence() {}

  static DcapExpectation expectation() {
    return DcapExpectation.strict(PLATFORM.anchors());
  }

  /** Evidence of an enclave whose report was changed before it was signed. */
  static Bytes evidence(Bytes customClaims, Consumer<byte[]> change) {
    Bytes quote =
        PLATFORM.quote(
            SGX,
            report -> {
              java.util.Arrays.fill(report, 320, 384, (byte) 0);
              System.arraycopy(Sha256.of(customClaims).toByteArray(), 0, report, 320, 32);
              change.accept(report);
            });
    return wrapped(Bytes.concat(quote, customClaims));
  }

  private static Bytes wrapped(Bytes data) {
    ByteBuffer header = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(3).put(Enclave.SGX_ECDSA.toByteArray()).putInt(0).putLong(data.length());
    return Bytes.concat(Bytes.of(header.array()), data);
  }

  static Bytes endorsements() {
    DcapCollateral.Signed tcb = PLATFORM.signedTcbInfo(SGX, text -> text);
    DcapCollateral.Signed qe = PLATFORM.signedQeIdentity(SGX, text -> text);
    DcapCollateral.Signed crl = PLATFORM.pckCrl();
    List<Bytes> items =
        List.of(
            Bytes.fromHex("01000000"),
            tcb.body(),
            Bytes.concat(tcb.chain().toArray(Bytes[]::new)),
            crl.body(),
            PLATFORM.rootCrl(),
            Bytes.concat(crl.chain().toArray(Bytes[]::new)),
            qe.body(),
            Bytes.concat(qe.chain().toArray(Bytes[]::new)),
            Bytes.utf8("2026-03-01T12:00:00Z"));
    int size = items.stream().mapToInt(Bytes::length).sum();
    ByteBuffer head = ByteBuffer.allocate(16 + 4 * items.size()).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(1).putInt(2).putInt(4 * items.size() + size).putInt(items.size());
    int offset = 0;
    List<Bytes> all = new ArrayList<>();
    for (Bytes item : items) {
      head.putInt(offset);
      offset += item.length();
    }
    all.add(Bytes.of(head.array()));
    all.addAll(items);
    return wrapped(Bytes.concat(all.toArray(Bytes[]::new)));
  }
}
