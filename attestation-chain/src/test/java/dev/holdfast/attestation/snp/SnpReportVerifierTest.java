package dev.holdfast.attestation.snp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.snp.SnpExpectation.Allowance;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PathMemory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SnpReportVerifierTest {
  private static final Bytes VCEK = PaperSnp.vcek();
  private static final Bytes VLEK = PaperSnp.names().vlek().certificate();
  private static final Bytes TURIN = PaperSnp.names().turin().certificate();
  private static final Anchors ANCHORS = PaperSnp.anchors();
  private static final SnpExpectation EXPECTED =
      SnpExpectation.STRICT
          .withReportData(PaperSnp.REPORT_DATA)
          .withHostData(PaperSnp.HOST_DATA)
          .withMeasurements(Set.of(PaperSnp.MEASUREMENT))
          .withVmpl(0);
  private static final Bytes REPORT = PaperSnp.report(3).signed();

  private static Outcome verify(Bytes report, Bytes vek, SnpExpectation expectation) {
    return SnpReportVerifier.verify(
        new SnpEvidence(report, vek, List.of(PaperSnp.ASK_CERTIFICATE)),
        expectation,
        ANCHORS,
        PaperSnp.NOW);
  }

  private static Outcome.Proven proven(Bytes report, Bytes vek, SnpExpectation expectation) {
    return assertInstanceOf(Outcome.Proven.class, verify(report, vek, expectation));
  }

  private static void refused(Reason reason, Outcome outcome) {
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, outcome);
    assertEquals(reason, refused.findings().getFirst().reason(), refused.findings().toString());
  }

  private static void refused(Reason reason, PaperSnp.Draft report) {
    refused(reason, verify(report.signed(), VCEK, EXPECTED));
  }

  @Test
  void aReportOfEveryVersionIsProvenWithWhatItHolds() {
    for (int version = 2; version <= 5; version++) {
      Outcome.Proven proven = proven(PaperSnp.report(version).signed(), VCEK, EXPECTED);
      List<Claim> claims = proven.claims();
      assertTrue(claims.contains(new Claim.BoundData(PaperSnp.REPORT_DATA)));
      assertTrue(claims.contains(new Claim.Measurement("snp/measurement", PaperSnp.MEASUREMENT)));
      assertTrue(claims.contains(new Claim.Measurement("snp/chip-id", PaperSnp.CHIP)));
      assertTrue(claims.contains(new Claim.Word("snp/product", "Milan-B0")));
      assertTrue(claims.contains(new Claim.Version("snp/tcb/reported/microcode", 0x73)));
      assertTrue(claims.contains(new Claim.Version("snp/tcb/reported/snp", 8)));
      assertTrue(claims.contains(new Claim.Flag("tee/debug", false)));
      assertTrue(claims.contains(new Claim.Word("snp/firmware/current", "1.52.4")));
      assertEquals(version >= 3, claims.contains(new Claim.Version("snp/processor/family", 0x19)));
      assertEquals(
          version >= 5,
          claims.contains(
              new Claim.Measurement("snp/mitigations/current", Bytes.fromHex("0000000000000003"))));
      assertEquals(Optional.of(PaperSnp.END), proven.notAfter());
    }
  }

  @Test
  void anotherVersionLengthOrReservedByteCannotBeRead() {
    refused(Reason.QUOTE_VERSION, PaperSnp.report(2).number(0, 1));
    refused(Reason.QUOTE_VERSION, PaperSnp.report(5).number(0, 6));
    Bytes good = PaperSnp.report(2).signed();
    refused(Reason.EVIDENCE_MALFORMED, verify(good.slice(0, 1183), VCEK, EXPECTED));
    refused(
        Reason.EVIDENCE_MALFORMED, verify(Bytes.concat(good, Bytes.of((byte) 0)), VCEK, EXPECTED));
    refused(Reason.EVIDENCE_MALFORMED, verify(Bytes.EMPTY, VCEK, EXPECTED));
    for (int reserved : List.of(0x4c, 0x18b, 0x19f, 0x1eb, 0x1ef, 0x208, 0x29f)) {
      refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(5).put(reserved, Bytes.of((byte) 1)));
    }
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(2).put(0x188, Bytes.of((byte) 1)));
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(4).put(0x1f8, Bytes.of((byte) 1)));
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(5).policy(0x1001fL));
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(5).policy(0x403001fL));
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(5).number(0x48, 1 << 5));
    refused(Reason.EVIDENCE_MALFORMED, PaperSnp.report(5).number(0x48, 2 << 2));
  }

  @Test
  void whatIsAskedOfTheFieldsIsFoundAllAtOnce() {
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class,
            verify(
                PaperSnp.report(3).policy(0xf0000).number(0x30, 2).signed(),
                VCEK,
                EXPECTED
                    .withReportData(Bytes.of(new byte[64]))
                    .withBoundData(Bytes.utf8("other"))
                    .withHostData(Bytes.of(new byte[32]))
                    .withIdKeyDigests(Set.of(Bytes.of(new byte[48])))
                    .withMeasurements(Set.of(Bytes.of(new byte[48])))));
    assertEquals(
        List.of(
            Reason.REPORT_DATA,
            Reason.EVIDENCE_SPLICE,
            Reason.EVIDENCE_SPLICE,
            Reason.TEE_DEBUG,
            Reason.SNP_POLICY,
            Reason.SNP_VMPL,
            Reason.MEASUREMENT,
            Reason.MEASUREMENT),
        refused.findings().stream().map(finding -> finding.reason()).toList());
  }

  @Test
  void whatIsAllowedPasses() {
    Bytes debug = PaperSnp.report(3).policy(0xf0000).signed();
    proven(debug, VCEK, EXPECTED.allowing(Allowance.DEBUG, Allowance.MIGRATION_AGENT));
    Bytes masked = PaperSnp.report(3).put(0x1a0, Bytes.of(new byte[64])).signed();
    refused(Reason.SNP_CHIP, verify(masked, VCEK, EXPECTED));
    proven(masked, VCEK, EXPECTED.allowing(Allowance.MASKED_CHIP));
    Bytes provisional = PaperSnp.report(3).put(0x38, Bytes.fromHex("0300000000000874")).signed();
    refused(Reason.TCB_OUT_OF_DATE, verify(provisional, VCEK, EXPECTED));
    proven(provisional, VCEK, EXPECTED.allowing(Allowance.PROVISIONAL_FIRMWARE));
  }

  @Test
  void theReportBeginsItsDataWithTheDigestOfWhatItBinds() {
    Bytes data = Bytes.utf8("runtime data");
    Bytes report =
        PaperSnp.report(3)
            .put(0x50, Bytes.concat(Sha256.of(data), Bytes.of(new byte[32])))
            .signed();
    proven(report, VCEK, SnpExpectation.STRICT.withBoundData(data));
    refused(
        Reason.EVIDENCE_SPLICE,
        verify(report, VCEK, SnpExpectation.STRICT.withBoundData(Bytes.utf8("runtime date"))));
  }

  @Test
  void theTcbReportedIsTheOneThatTheKeyIsCertifiedFor() {
    for (int part : List.of(0, 1, 6, 7)) {
      byte[] tcb = Bytes.fromHex("0300000000000873").toByteArray();
      tcb[part]++;
      refused(Reason.TCB_MISMATCH, PaperSnp.report(3).tcb(Bytes.of(tcb)));
    }
    refused(Reason.TCB_MISMATCH, PaperSnp.report(3).tcb(Bytes.fromHex("0300010000000873")));
    proven(REPORT, VCEK, EXPECTED.withLeastTcb(SnpTcb.of(3, 0, 8, 0x73)));
    refused(
        Reason.TCB_OUT_OF_DATE,
        verify(REPORT, VCEK, EXPECTED.withLeastTcb(SnpTcb.of(3, 0, 8, 0x74))));
  }

  @Test
  void aTurinReportIsReadInItsOwnLayout() {
    Bytes report = PaperSnp.report(5).turin().signed();
    List<Claim> claims = proven(report, TURIN, EXPECTED).claims();
    assertTrue(claims.contains(new Claim.Version("snp/tcb/reported/fmc", 1)));
    assertTrue(claims.contains(new Claim.Version("snp/tcb/reported/boot-loader", 2)));
    assertTrue(claims.contains(new Claim.Version("snp/tcb/reported/snp", 4)));
    proven(report, TURIN, EXPECTED.withChips(Set.of(PaperSnp.CHIP.slice(0, 8))));
    refused(Reason.PRODUCT_MISMATCH, verify(report, VCEK, EXPECTED));
    refused(Reason.PRODUCT_MISMATCH, verify(REPORT, TURIN, EXPECTED));
    Bytes longer = PaperSnp.report(5).turin().put(0x1a8, Bytes.of((byte) 1)).signed();
    refused(Reason.SNP_CHIP, verify(longer, TURIN, EXPECTED));
    Bytes noFmc = PaperSnp.names().turin().without("3.9").certificate();
    refused(Reason.EVIDENCE_MALFORMED, verify(report, noFmc, EXPECTED));
  }

  @Test
  void theChipIsTheOneOfTheCertificateAndOneThatIsExpected() {
    Bytes other = Bytes.of(PaperSnp.filled(64, 0x5b));
    refused(Reason.SNP_CHIP, PaperSnp.report(3).put(0x1a0, other));
    proven(REPORT, VCEK, EXPECTED.withChips(Set.of(other, PaperSnp.CHIP)));
    refused(Reason.SNP_CHIP, verify(REPORT, VCEK, EXPECTED.withChips(Set.of(other))));
    Bytes wrapped =
        PaperSnp.names().chip(Bytes.concat(Bytes.fromHex("0440"), PaperSnp.CHIP)).certificate();
    proven(REPORT, wrapped, EXPECTED);
    Bytes cut = PaperSnp.names().chip(PaperSnp.CHIP.slice(0, 63)).certificate();
    refused(Reason.EVIDENCE_MALFORMED, verify(REPORT, cut, EXPECTED));
  }

  @Test
  void aLoadedKeySignsForItsProviderAndOnlyWhereItMay() {
    PaperSnp.Draft draft = PaperSnp.report(3).number(0x48, 1 << 2);
    Bytes report = draft.put(0x1a0, Bytes.of(new byte[64])).signed();
    List<Claim> claims = proven(report, VLEK, EXPECTED).claims();
    assertTrue(claims.contains(new Claim.Word("snp/provider", "CN=cloud.example")));
    refused(Reason.SNP_KEY, verify(report, VLEK, EXPECTED.withSigners(Set.of(SnpSigner.VCEK))));
    refused(Reason.SNP_KEY, verify(report, VCEK, EXPECTED));
    refused(Reason.SNP_KEY, verify(REPORT, VLEK, EXPECTED));
    refused(Reason.SNP_CHIP, verify(report, VLEK, EXPECTED.withChips(Set.of(PaperSnp.CHIP))));
  }

  @Test
  void anUnsignedReportAndAnUnknownAlgorithmAreRefused() {
    refused(Reason.SNP_KEY, PaperSnp.report(3).number(0x48, 7 << 2));
    refused(Reason.ALG_WEAK, PaperSnp.report(3).number(0x34, 2));
    Bytes otherCurve = PaperSnp.names().key(PaperSnp.ec("secp256r1").getPublic()).certificate();
    refused(Reason.ALG_WEAK, verify(REPORT, otherCurve, EXPECTED));
  }

  @Test
  void theProductAndItsSteppingAreTheOnesAskedFor() {
    for (String name : List.of("Milan", "Milan-B0")) {
      proven(
          REPORT, VCEK, EXPECTED.withProduct(new SnpExpectation.Product(name, Optional.of("B0"))));
    }
    for (UnaryOperator<SnpExpectation> wish :
        List.<UnaryOperator<SnpExpectation>>of(
            e -> e.withProduct(new SnpExpectation.Product("Milan", Optional.of("B1"))),
            e -> e.withProduct(new SnpExpectation.Product("Mil", Optional.empty())),
            e -> e.withProduct(new SnpExpectation.Product("Genoa", Optional.empty())))) {
      refused(Reason.PRODUCT_MISMATCH, verify(REPORT, VCEK, wish.apply(EXPECTED)));
    }
    Bytes genoa = PaperSnp.names().text("2", "Genoa-B1").certificate();
    refused(Reason.PRODUCT_MISMATCH, verify(REPORT, genoa, EXPECTED));
    proven(PaperSnp.report(2).signed(), genoa, EXPECTED);
    Bytes unheard = PaperSnp.names().text("2", "Milano").certificate();
    refused(Reason.EVIDENCE_MALFORMED, verify(REPORT, unheard, EXPECTED));
  }

  @Test
  void aCertificateLacksNothingAndContradictsNothing() {
    for (String missing : List.of("2", "3.1", "3.2", "3.3", "3.8")) {
      Bytes cut = PaperSnp.names().without(missing).certificate();
      refused(Reason.EVIDENCE_MALFORMED, verify(REPORT, cut, EXPECTED));
    }
    for (PaperSnp.Names wrong :
        List.of(
            PaperSnp.names().chip(Bytes.EMPTY),
            PaperSnp.names().text("5", "CN=cloud.example"),
            PaperSnp.names().number("3.9", 1),
            PaperSnp.names().number("3.4", 1),
            PaperSnp.names().number("3.8", 256),
            PaperSnp.names().number("3.8", -1),
            PaperSnp.names().text("3.8", "115"),
            PaperSnp.names().number("2", 1))) {
      refused(Reason.EVIDENCE_MALFORMED, verify(REPORT, wrong.certificate(), EXPECTED));
    }
  }

  @Test
  void theSignatureIsOfTheKeyCertifiedAndFillsItsFieldOnly() {
    refused(
        Reason.SIGNATURE,
        verify(PaperSnp.report(3).signed(PaperSnp.ec("secp384r1")), VCEK, EXPECTED));
    byte[] zero = REPORT.toByteArray();
    java.util.Arrays.fill(zero, 0x2a0, 0x4a0, (byte) 0);
    refused(Reason.SIGNATURE, verify(Bytes.of(zero), VCEK, EXPECTED));
    for (int unused : List.of(0x2a0 + 48, 0x2a0 + 72 + 48, 0x49f)) {
      byte[] more = REPORT.toByteArray();
      more[unused] = 1;
      refused(Reason.SIGNATURE, verify(Bytes.of(more), VCEK, EXPECTED));
    }
  }

  @Test
  void theRootsRevocationListIsAskedForAndHeeded() {
    SnpEvidence evidence = new SnpEvidence(REPORT, VCEK, List.of(PaperSnp.ASK_CERTIFICATE));
    Anchors bare = Anchors.parse(List.of(PaperSnp.ARK_CERTIFICATE), List.of());
    refused(Reason.CRL_MISSING, SnpReportVerifier.verify(evidence, EXPECTED, bare, PaperSnp.NOW));
    assertInstanceOf(
        Outcome.Proven.class,
        SnpReportVerifier.verify(
            evidence, EXPECTED.allowing(Allowance.NO_REVOCATION_LIST), bare, PaperSnp.NOW));
    Anchors revoked =
        Anchors.parse(
            List.of(PaperSnp.ARK_CERTIFICATE),
            List.of(PaperSnp.revocations(PaperSnp.END, 0x10001)));
    refused(
        Reason.CERT_REVOKED, SnpReportVerifier.verify(evidence, EXPECTED, revoked, PaperSnp.NOW));
    Instant soon = PaperSnp.NOW.plusSeconds(60);
    Anchors ending =
        Anchors.parse(List.of(PaperSnp.ARK_CERTIFICATE), List.of(PaperSnp.revocations(soon)));
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            SnpReportVerifier.verify(evidence, EXPECTED, ending, PaperSnp.NOW));
    assertEquals(Optional.of(soon), proven.notAfter());
    refused(
        Reason.CRL_STALE,
        SnpReportVerifier.verify(evidence, EXPECTED, ending, soon.plusSeconds(1)));
  }

  @Test
  void theKeysCertificateLeadsToARootAtTheTime() {
    SnpEvidence alone = new SnpEvidence(REPORT, VCEK, List.of());
    refused(Reason.CERT_CHAIN, SnpReportVerifier.verify(alone, EXPECTED, ANCHORS, PaperSnp.NOW));
    Anchors none = Anchors.parse(List.of(), List.of());
    SnpEvidence whole =
        new SnpEvidence(REPORT, VCEK, List.of(PaperSnp.ASK_CERTIFICATE, PaperSnp.ARK_CERTIFICATE));
    refused(Reason.CERT_CHAIN, SnpReportVerifier.verify(whole, EXPECTED, none, PaperSnp.NOW));
    Bytes later = PaperSnp.names().certificate(PaperSnp.NOW.plusSeconds(1), PaperSnp.END);
    refused(Reason.CERT_EXPIRED, verify(REPORT, later, EXPECTED));
  }

  @Test
  void everyBitOfAReportIsProtected() {
    PathMemory memory = new PathMemory(4);
    List<Bytes> certificates = List.of(PaperSnp.ASK_CERTIFICATE);
    byte[] report = PaperSnp.report(5).signed().toByteArray();
    SnpExpectation any =
        SnpExpectation.STRICT.allowing(
            Allowance.DEBUG, Allowance.MIGRATION_AGENT, Allowance.PROVISIONAL_FIRMWARE);
    for (int bit = 0; bit < report.length * 8; bit++) {
      report[bit / 8] ^= (byte) (1 << bit % 8);
      SnpEvidence evidence = new SnpEvidence(Bytes.of(report), VCEK, certificates);
      assertInstanceOf(
          Outcome.Refused.class,
          SnpReportVerifier.verify(evidence, any, ANCHORS, PaperSnp.NOW, memory),
          "bit " + bit);
      report[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void everyBitOfTheKeysCertificateIsProtected() {
    byte[] vek = VCEK.toByteArray();
    for (int bit = 0; bit < vek.length * 8; bit++) {
      vek[bit / 8] ^= (byte) (1 << bit % 8);
      assertInstanceOf(
          Outcome.Refused.class, verify(REPORT, Bytes.of(vek), EXPECTED), "bit " + bit);
      vek[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }
}
