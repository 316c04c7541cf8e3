package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.RequesterSetup;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmRequester;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** The end that asks, under any answers: never an exception, and no belief without an anchor. */
final class SpdmRequesterTarget implements Target {
  private static final Bytes NONCE = Bytes.fromHex("a5".repeat(32));
  private static final RequesterSetup SETUP =
      RequesterSetup.of(
          "",
          SpdmExpectation.ofAnyDevice(NONCE, CertificatePath.Anchors.parse(List.of(), List.of())),
          NONCE,
          Instant.parse("2026-03-01T12:00:00Z"));

  @Override
  public Class<?> reader() {
    return SpdmRequester.class;
  }

  @Override
  public List<Bytes> seeds() {
    String chain = "2800" + "0000" + "11".repeat(32) + "30020500";
    return List.of(
        SpdmMessages.input(
            "10040000" + "00" + "01" + "0012",
            "12610000" + "00".repeat(4) + "36000000" + "00100000" + "00100000",
            "12630000"
                + "2400"
                + "01"
                + "02"
                + "02000000"
                + "10000000"
                + "01000000"
                + "00".repeat(16),
            "12010001" + "dd".repeat(32),
            "12020000" + "2800" + "0000" + chain),
        SpdmMessages.input("107f0100"));
  }

  /** The answers of one conversation. */
  @Override
  public void read(byte[] data) {
    SpdmRequester.Step step = SpdmRequester.begin(SETUP);
    for (Bytes answer : SpdmMessages.of(data)) {
      if (step instanceof SpdmRequester.Send send) {
        step = send.next().next(answer);
      }
    }
    switch (step) {
      case SpdmRequester.Finished _ ->
          throw new IllegalStateException("a device was believed without an anchor");
      case SpdmRequester.Refused refused -> {
        String message = refused.findings().getFirst().message();
        if (message.startsWith("the conversation failed with")) {
          throw new IllegalStateException(message);
        }
      }
      case SpdmRequester.Send _ -> {
        // The input ended in the middle of the conversation.
      }
    }
  }
}
