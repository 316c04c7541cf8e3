package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.TcbPolicy;
import dev.holdfast.attestation.x509.CertificatePath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;

/** Quotes that can be read and are signed by nobody, and an expectation without any anchor. */
final class DcapSeeds {
  static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  static final CertificatePath.Anchors NONE = CertificatePath.Anchors.parse(List.of(), List.of());

  /** All that can be waived is waived, so that the reader goes as far as it can. */
  static final DcapExpectation EXPECTATION =
      DcapExpectation.strict(NONE).withTcb(TcbPolicy.STRICT.withoutCollateral()).withDebugAllowed();

  private static final int ENCLAVE = 384;
  private static final int DOMAIN = 584;
  private static final int DOMAIN_LATER = 648;
  private static final int SGX = 0;
  private static final int TDX = 0x81;
  private static final int LATER_TYPE = 3;
  private static final Bytes CHAIN =
      Bytes.utf8("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");

  private DcapSeeds() {}

  static Bytes sgx() {
    return quote(3, SGX, new byte[ENCLAVE]);
  }

  static List<Bytes> tdx() {
    byte[] later = new byte[6 + DOMAIN_LATER];
    ByteBuffer.wrap(later)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) LATER_TYPE)
        .putInt(DOMAIN_LATER);
    return List.of(quote(4, TDX, new byte[DOMAIN]), quote(5, TDX, later));
  }

  private static Bytes quote(int version, int tee, byte[] body) {
    ByteBuffer report = buffer(ENCLAVE + 64 + 2 + 6).position(ENCLAVE + 64 + 2).putShort((short) 5);
    report.putInt(CHAIN.length());
    Bytes inner = Bytes.concat(Bytes.of(report.array()), CHAIN);
    Bytes outer = Bytes.EMPTY;
    if (version > 3) {
      outer = Bytes.of(buffer(6).putShort((short) 6).putInt(inner.length()).array());
    }
    Bytes section = Bytes.concat(Bytes.of(new byte[128]), outer, inner);
    ByteBuffer head = buffer(48).putShort((short) version).putShort((short) 2).putInt(tee);
    return Bytes.concat(
        Bytes.of(head.array()),
        Bytes.of(body),
        Bytes.of(buffer(4).putInt(section.length()).array()),
        section);
  }

  static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
