package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.BaseAsym;
import dev.holdfast.attestation.spdm.BaseHash;
import dev.holdfast.attestation.spdm.MeasurementBlock;
import dev.holdfast.attestation.spdm.MeasurementHash;
import dev.holdfast.attestation.spdm.SpdmDevice;
import dev.holdfast.attestation.spdm.SpdmResponder;
import dev.holdfast.attestation.spdm.Suite;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The end that answers, under any requests: never an exception, and never a failure of its own. */
final class SpdmResponderTarget implements Target {
  private static final Bytes NONCE = Bytes.fromHex("5a".repeat(32));
  private static final int ERROR = 0x7f;
  private static final int UNSPECIFIED = 0x05;
  private static final SpdmDevice DEVICE =
      new SpdmDevice(
          new Suite(BaseAsym.ECDSA_P256, BaseHash.SHA_256),
          MeasurementHash.SHA_256,
          new TreeMap<>(Map.of(0, List.of(PaperCertificate.with("1.2.3", new byte[] {5, 0})))),
          (_, _) -> Bytes.fromHex("01".repeat(64)));
  private static final SpdmResponder.Fresh FRESH =
      new SpdmResponder.Fresh(NONCE, List.of(new MeasurementBlock(1, 1, false, NONCE)));

  @Override
  public Class<?> reader() {
    return SpdmResponder.class;
  }

  @Override
  public List<Bytes> seeds() {
    String nonce = NONCE.hex();
    return List.of(
        SpdmMessages.input(
            "10840000",
            "12e10000" + "00".repeat(8) + "fdff0000" + "fdff0000",
            "12e30000" + "2000" + "01" + "02" + "ff010000" + "07000000" + "00".repeat(16),
            "12810000",
            "12820000" + "0000" + "0004",
            "12830000" + nonce,
            "12e001ff" + nonce + "00"));
  }

  /** The requests of one conversation. */
  @Override
  public void read(byte[] data) {
    SpdmResponder responder = SpdmResponder.of(DEVICE);
    for (Bytes request : SpdmMessages.of(data)) {
      SpdmResponder.Reply reply = responder.respond(request, FRESH);
      if (reply.response().at(1) == ERROR && reply.response().at(2) == UNSPECIFIED) {
        throw new IllegalStateException("a request made the device fail: " + request.hex());
      }
      responder = reply.next();
    }
  }
}
