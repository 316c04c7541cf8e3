package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dice.DiceExpectation;
import dev.holdfast.attestation.dice.DiceLayer;
import dev.holdfast.attestation.dice.DiceLayerParser;
import dev.holdfast.attestation.dice.DiceVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Extensions of layered identities: never an exception, and no proof without an anchor. */
final class DiceTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final DiceExpectation ANY =
      DiceExpectation.ofAnyDevice(CertificatePath.Anchors.parse(List.of(), List.of()));
  private static final List<String> EXTENSIONS =
      List.of(
          DiceLayer.TCB_INFO,
          DiceLayer.MULTI_TCB_INFO,
          DiceLayer.UEID,
          DiceLayer.OPEN_DICE,
          "2.5.29.17");
  private static final Bytes ISSUER = PaperCertificate.with("1.2.3", new byte[] {5, 0});

  @Override
  public Class<?> reader() {
    return DiceLayerParser.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.fromHex(
            "00"
                + "301b"
                + "80026162"
                + "830107"
                + "a612"
                + "3010"
                + "0609"
                + "608648016503040201"
                + "0403"
                + "aabbcc"),
        Bytes.fromHex("01" + "3007" + "3005" + "8003616263"),
        Bytes.fromHex("02" + "3004" + "0402" + "0102"),
        Bytes.fromHex("03" + "3009" + "a0020400" + "a6030a0101"));
  }

  /** The first byte chooses the extension that the rest is the content of. */
  @Override
  public void read(byte[] data) {
    if (data.length == 0) {
      return;
    }
    String identifier = EXTENSIONS.get((data[0] & 0xff) % EXTENSIONS.size());
    Bytes leaf = PaperCertificate.with(identifier, Arrays.copyOfRange(data, 1, data.length));
    Unproven.require(DiceVerifier.verifyChain(List.of(leaf, ISSUER), ANY, AT));
  }
}
