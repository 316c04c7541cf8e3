package dev.holdfast.attestation.spdm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SpdmVerifierTest {
  private static final Instant NOW = PaperLayers.NOW;
  private static final PaperDevice DEVICE = PaperDevice.p256();
  private static final Bytes REPORT = DEVICE.report11(PaperDevice.opaque11(PaperDevice.FWID));
  private static final SpdmEvidence NEGOTIATED = DEVICE.evidence12();

  private static SpdmEvidence report(Bytes transcript) {
    return new SpdmEvidence("gpu-0", transcript, DEVICE.chain());
  }

  private static SpdmExpectation tolerant() {
    return DEVICE.expectation().withVersion11Allowed();
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @Test
  void aReportOfSpdm11ProvesItsMeasurements() {
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class, SpdmVerifier.verify(report(REPORT), tolerant(), NOW));
    assertTrue(
        proven
            .claims()
            .contains(
                new Claim.Measurement("gpu-0/spdm/measurement/1", Bytes.fromHex("11".repeat(32)))));
    assertTrue(proven.claims().contains(new Claim.Version("gpu-0/spdm/svn/5", 9)));
    assertTrue(
        proven.claims().contains(new Claim.Measurement("gpu-0/spdm/fwid", PaperDevice.FWID)));
    assertEquals(Optional.of(PaperLayers.END), proven.notAfter());
  }

  @Test
  void spdm11IsRefusedUnlessItIsAllowed() {
    assertEquals(
        List.of(Reason.SPDM_VERSION),
        reasons(SpdmVerifier.verify(report(REPORT), DEVICE.expectation(), NOW)));
  }

  @Test
  void devicesOfEveryKindOfKeyAreBelieved() {
    for (PaperDevice device : List.of(PaperDevice.p384(), PaperDevice.rsa())) {
      assertInstanceOf(
          Outcome.Proven.class,
          SpdmVerifier.verify(device.evidence12(), device.expectation(), NOW));
    }
  }

  @Test
  void aReportWithOneFlippedBitIsRefused() {
    PathMemory memory = new PathMemory(16);
    for (Bytes transcript : List.of(REPORT, NEGOTIATED.transcript())) {
      for (int bit = 0; bit < transcript.length() * 8; bit++) {
        byte[] flipped = transcript.toByteArray();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        Outcome outcome =
            SpdmVerifier.verify(
                new SpdmEvidence("", Bytes.of(flipped), DEVICE.chain()), tolerant(), NOW, memory);
        assertInstanceOf(Outcome.Refused.class, outcome, "bit " + bit);
      }
    }
  }

  @Test
  void aReportCutAnywhereIsMalformed() {
    for (Bytes transcript : List.of(REPORT, NEGOTIATED.transcript())) {
      for (int length = 0; length < transcript.length(); length++) {
        assertEquals(
            List.of(Reason.EVIDENCE_MALFORMED),
            reasons(SpdmVerifier.verify(report(transcript.slice(0, length)), tolerant(), NOW)));
      }
    }
  }

  @Test
  void bytesBehindTheSignatureAreMalformed() {
    assertEquals(
        List.of(Reason.EVIDENCE_MALFORMED),
        reasons(
            SpdmVerifier.verify(
                report(Bytes.concat(REPORT, Bytes.of((byte) 0))), tolerant(), NOW)));
  }

  @Test
  void anotherNonceIsRefused() {
    SpdmExpectation other =
        SpdmExpectation.of(Bytes.fromHex("00".repeat(32)), DEVICE.leafKey(), DEVICE.anchors());
    assertEquals(
        List.of(Reason.NONCE_UNKNOWN), reasons(SpdmVerifier.verify(NEGOTIATED, other, NOW)));
  }

  @Test
  void aGenuineDeviceElsewhereIsRefused() {
    SpdmExpectation other =
        SpdmExpectation.of(PaperDevice.NONCE, PaperDevice.p256().leafKey(), DEVICE.anchors());
    assertEquals(
        List.of(Reason.DEVICE_IDENTITY), reasons(SpdmVerifier.verify(NEGOTIATED, other, NOW)));
  }

  @Test
  void aChainToAnotherRootIsRefused() {
    SpdmExpectation other =
        SpdmExpectation.of(PaperDevice.NONCE, DEVICE.leafKey(), PaperDevice.p256().anchors());
    assertEquals(List.of(Reason.CERT_CHAIN), reasons(SpdmVerifier.verify(NEGOTIATED, other, NOW)));
    assertEquals(
        List.of(Reason.CERT_EXPIRED),
        reasons(
            SpdmVerifier.verify(NEGOTIATED, DEVICE.expectation(), PaperLayers.END.plusSeconds(1))));
  }

  @Test
  void firmwareThatTheCertificateWasNotMadeForIsRefused() {
    Bytes other = DEVICE.report11(PaperDevice.opaque11(Bytes.fromHex("f2".repeat(32))));
    assertEquals(
        List.of(Reason.DICE_FWID), reasons(SpdmVerifier.verify(report(other), tolerant(), NOW)));
  }

  @Test
  void opaqueDataThatDoNotAddUpAreMalformed() {
    Bytes opaque = PaperDevice.opaque11(PaperDevice.FWID);
    for (Bytes wrong :
        List.of(
            opaque.slice(0, opaque.length() - 1),
            Bytes.concat(opaque, opaque),
            Bytes.concat(opaque, Bytes.of((byte) 1)))) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(SpdmVerifier.verify(report(DEVICE.report11(wrong)), tolerant(), NOW)));
    }
  }

  @Test
  void oneDeviceOfferedAsTwoIsRefused() {
    SpdmVerifier.Claimant first =
        new SpdmVerifier.Claimant(
            new SpdmEvidence("gpu-0", NEGOTIATED.transcript(), NEGOTIATED.certificates()),
            DEVICE.expectation());
    SpdmVerifier.Claimant again =
        new SpdmVerifier.Claimant(
            new SpdmEvidence("gpu-1", NEGOTIATED.transcript(), NEGOTIATED.certificates()),
            DEVICE.expectation());
    PaperDevice other = PaperDevice.p256();
    SpdmVerifier.Claimant second =
        new SpdmVerifier.Claimant(
            new SpdmEvidence(
                "gpu-1", other.evidence12().transcript(), other.evidence12().certificates()),
            other.expectation());
    Outcome twice = SpdmVerifier.verifyAll(List.of(first, again), NOW, PathMemory.none());
    assertEquals(List.of(Reason.DEVICE_IDENTITY), reasons(twice));
    assertEquals(
        "gpu-1", assertInstanceOf(Outcome.Refused.class, twice).findings().getFirst().component());
    Outcome.Proven both =
        assertInstanceOf(
            Outcome.Proven.class,
            SpdmVerifier.verifyAll(List.of(first, second), NOW, PathMemory.none()));
    assertEquals(
        Set.of("gpu-0/spdm/slot", "gpu-1/spdm/slot"),
        both.claims().stream()
            .map(Claim::name)
            .filter(name -> name.endsWith("slot"))
            .collect(java.util.stream.Collectors.toSet()));
  }

  /** A transcript of 1.1 with one field changed before it is signed: only rules can refuse it. */
  private static Bytes signed11(
      UnaryOperator<SpdmRequest.GetMeasurements> ask,
      UnaryOperator<SpdmResponse.Measurements> answer) {
    Bytes request =
        ask.apply(
                new SpdmRequest.GetMeasurements(
                    SpdmVersion.V1_1,
                    false,
                    SpdmRequest.GetMeasurements.ALL,
                    Optional.of(new SpdmRequest.SigningRequest(PaperDevice.NONCE, 0))))
            .encoded();
    Bytes response =
        answer
            .apply(
                new SpdmResponse.Measurements(
                    SpdmVersion.V1_1,
                    0,
                    0,
                    0,
                    3,
                    PaperDevice.record(PaperDevice.measurements()),
                    PaperDevice.OWN_NONCE,
                    Bytes.EMPTY,
                    Bytes.EMPTY))
            .unsigned();
    Bytes both = Bytes.concat(request, response);
    return Bytes.concat(both, DEVICE.sign(both));
  }

  private static SpdmResponse.Measurements with(
      SpdmResponse.Measurements m, int slot, int count, Bytes record) {
    return new SpdmResponse.Measurements(
        m.version(), 0, slot, 0, count, record, m.nonce(), m.opaque(), Bytes.EMPTY);
  }

  @Test
  void aCountThatIsNotThatOfTheBlocksIsRefused() {
    Bytes transcript = signed11(ask -> ask, m -> with(m, 0, 2, m.record()));
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(SpdmVerifier.verify(report(transcript), tolerant(), NOW)));
  }

  @Test
  void anotherSlotThanTheOneAskedForIsRefused() {
    Bytes transcript = signed11(ask -> ask, m -> with(m, 1, 3, m.record()));
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(SpdmVerifier.verify(report(transcript), tolerant(), NOW)));
  }

  @Test
  void otherMeasurementsThanThoseAskedForAreRefused() {
    Bytes transcript =
        signed11(
            ask -> new SpdmRequest.GetMeasurements(ask.version(), false, 2, ask.signing()), m -> m);
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(SpdmVerifier.verify(report(transcript), tolerant(), NOW)));
  }

  @Test
  void aReportWithoutMeasurementsIsRefused() {
    Bytes transcript = signed11(ask -> ask, m -> with(m, 0, 0, Bytes.EMPTY));
    assertEquals(
        List.of(Reason.EVIDENCE_MISSING),
        reasons(SpdmVerifier.verify(report(transcript), tolerant(), NOW)));
  }

  @Test
  void aMeasurementGivenTwiceIsMalformed() {
    Bytes block = PaperDevice.measurements().getFirst().encoded();
    Bytes transcript = signed11(ask -> ask, m -> with(m, 0, 2, Bytes.concat(block, block)));
    assertEquals(
        List.of(Reason.EVIDENCE_MALFORMED),
        reasons(SpdmVerifier.verify(report(transcript), tolerant(), NOW)));
  }

  @Test
  void certificatesThatAreNoneAreMalformed() {
    CertificatePath.Anchors anchors = DEVICE.anchors();
    SpdmExpectation any = SpdmExpectation.ofAnyDevice(PaperDevice.NONCE, anchors);
    for (List<Bytes> chain :
        List.of(List.<Bytes>of(), List.of(Bytes.EMPTY), List.of(Bytes.utf8("no certificate")))) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(
              SpdmVerifier.verify(new SpdmEvidence("", NEGOTIATED.transcript(), chain), any, NOW)));
    }
  }
}
