package dev.holdfast.attestation.sgx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SgxMemoryTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final Bytes QUOTE = PAPER.quote(Frame.SGX_3);
  private static final DcapCollateral COLLATERAL = PAPER.collateral(Frame.SGX_3);

  private static Outcome.Proven proven(Outcome outcome) {
    return assertInstanceOf(Outcome.Proven.class, outcome);
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @Test
  void whatIsRememberedIsJudgedAgainAtItsTime() {
    DcapMemory memory = DcapMemory.of(4, 4);
    DcapEvidence evidence = DcapEvidence.of(QUOTE);
    for (int round = 0; round < 2; round++) {
      proven(
          SgxQuoteVerifier.verify(
              evidence, Optional.of(COLLATERAL), PAPER.expectation(), PaperDcap.NOW, memory));
    }
    assertEquals(1, memory.collateral().size());
    Instant late = PaperDcap.NEXT_UPDATE.plus(Duration.ofSeconds(1));
    List<Reason> reasons =
        reasons(
            SgxQuoteVerifier.verify(
                evidence, Optional.of(COLLATERAL), PAPER.expectation(), late, memory));
    assertTrue(reasons.contains(Reason.COLLATERAL_STALE));
    assertTrue(reasons.contains(Reason.CRL_STALE));
    proven(
        SgxQuoteVerifier.verify(
            evidence, Optional.of(COLLATERAL), PAPER.expectation(), PaperDcap.NEXT_UPDATE, memory));
    DcapExpectation other = DcapExpectation.strict(new PaperDcap().anchors());
    assertTrue(
        reasons(
                SgxQuoteVerifier.verify(
                    evidence, Optional.of(COLLATERAL), other, PaperDcap.NOW, memory))
            .contains(Reason.CERT_CHAIN));
    memory.retain(List.of(other.anchors()));
    assertEquals(0, memory.collateral().size());
  }
}
