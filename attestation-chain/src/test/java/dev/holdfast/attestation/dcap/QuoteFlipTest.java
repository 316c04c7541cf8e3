package dev.holdfast.attestation.dcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.sgx.SgxQuoteVerifier;
import dev.holdfast.attestation.tdx.TdxQuoteVerifier;
import dev.holdfast.attestation.x509.Certificates;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every byte of a quote is protected, but for how certificates are laid out as text. */
class QuoteFlipTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final long SEED = 20260301;
  private static final Bytes BEGIN = Bytes.utf8("-----BEGIN");

  private final DcapMemory memory = DcapMemory.of(16, 4);

  private Outcome verify(Frame frame, Bytes quote, Optional<DcapCollateral> collateral) {
    DcapExpectation expectation = PAPER.expectation().withReportData(new ReportDataRule.Free());
    DcapEvidence evidence = DcapEvidence.of(quote);
    return frame.kind() == PaperDcap.TdxOrSgx.SGX
        ? SgxQuoteVerifier.verify(evidence, collateral, expectation, PaperDcap.NOW, memory)
        : TdxQuoteVerifier.verify(evidence, collateral, expectation, PaperDcap.NOW, memory);
  }

  private static int find(Bytes quote) {
    for (int i = 0; i < quote.length() - BEGIN.length(); i++) {
      if (quote.slice(i, i + BEGIN.length()).equals(BEGIN)) {
        return i;
      }
    }
    throw new IllegalStateException("no certificate in the quote");
  }

  @ParameterizedTest
  @EnumSource(Frame.class)
  void aQuoteWithOneFlippedBitBeforeItsCertificatesIsRefused(Frame frame) {
    Bytes quote = PAPER.quote(frame);
    Optional<DcapCollateral> collateral = Optional.of(PAPER.collateral(frame));
    assertInstanceOf(Outcome.Proven.class, verify(frame, quote, collateral));
    BitFlips.in(
        quote,
        0,
        find(quote),
        (flipped, bit) ->
            assertInstanceOf(
                Outcome.Refused.class, verify(frame, flipped, collateral), "bit " + bit));
  }

  /** Of one kind of quote: all carry the same certificates, and read them alike. */
  @Test
  void aFlippedBitInACertificateIsRefusedUnlessItIsOfItsFrameOnly() {
    Bytes quote = PAPER.quote(Frame.SGX_3);
    Optional<DcapCollateral> collateral = Optional.of(PAPER.collateral(Frame.SGX_3));
    int certificates = find(quote);
    List<X509Certificate> good = Certificates.parse(quote.slice(certificates, quote.length()));
    BitFlips.in(
        quote,
        certificates,
        quote.length(),
        (flipped, bit) -> {
          if (verify(Frame.SGX_3, flipped, collateral) instanceof Outcome.Proven) {
            assertEquals(
                good,
                Certificates.parse(flipped.slice(certificates, flipped.length())),
                "bit " + bit + " changed a certificate");
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Frame.class)
  void aQuoteThatIsCutAnywhereIsRefused(Frame frame) {
    Bytes quote = PAPER.quote(frame);
    Optional<DcapCollateral> collateral = Optional.of(PAPER.collateral(frame));
    for (int length = 0; length < quote.length(); length++) {
      assertInstanceOf(
          Outcome.Refused.class, verify(frame, quote.slice(0, length), collateral), "" + length);
    }
  }

  @ParameterizedTest
  @EnumSource(Frame.class)
  void randomBytesAreRefusedAndNeverThrow(Frame frame) {
    Random random = new Random(SEED);
    Bytes quote = PAPER.quote(frame);
    Optional<DcapCollateral> collateral = Optional.of(PAPER.collateral(frame));
    for (int round = 0; round < 300; round++) {
      byte[] bytes = quote.toByteArray();
      for (int change = 0; change <= random.nextInt(8); change++) {
        int at = random.nextInt(bytes.length);
        bytes[at] = (byte) (bytes[at] + 1 + random.nextInt(255));
      }
      boolean same = verify(frame, Bytes.of(bytes), collateral) instanceof Outcome.Proven;
      assertTrue(
          !same || Bytes.of(bytes).slice(0, find(quote)).equals(quote.slice(0, find(quote))),
          "round " + round + ", seed " + SEED);
    }
  }
}
