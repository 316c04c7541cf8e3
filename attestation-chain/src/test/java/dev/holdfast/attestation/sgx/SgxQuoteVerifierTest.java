package dev.holdfast.attestation.sgx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.TcbStatus;
import dev.holdfast.attestation.dcap.CertificationData;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.PaperAuthority;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.dcap.ReportDataRule;
import dev.holdfast.attestation.dcap.TcbPolicy;
import dev.holdfast.attestation.dcap.TrailingBytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SgxQuoteVerifierTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final Bytes QUOTE = PAPER.quote(Frame.SGX_3);
  private static final DcapCollateral COLLATERAL = PAPER.collateral(Frame.SGX_3);
  private static final UnaryOperator<String> SAME = UnaryOperator.identity();

  private static Outcome verify(
      Bytes quote, DcapCollateral collateral, DcapExpectation expectation) {
    return SgxQuoteVerifier.verify(DcapEvidence.of(quote), collateral, expectation, PaperDcap.NOW);
  }

  private static Outcome.Proven proven(Outcome outcome) {
    return assertInstanceOf(Outcome.Proven.class, outcome, outcome.toString());
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @Test
  void aGoodQuoteIsProvenUntilItsFirstItemEnds() {
    Outcome.Proven proven = proven(verify(QUOTE, COLLATERAL, PAPER.expectation()));
    assertEquals(Optional.of(PaperDcap.NEXT_UPDATE), proven.notAfter());
    assertTrue(
        proven
            .claims()
            .contains(new Claim.Measurement("sgx/mrenclave", Bytes.fromHex("e1".repeat(32)))));
    assertTrue(proven.claims().contains(new Claim.Word("tcb/status", "UpToDate")));
    assertTrue(proven.claims().contains(new Claim.Version("sgx/isv-svn", 9)));
    assertTrue(proven.claims().contains(new Claim.BoundData(PaperDcap.REPORT_DATA)));
  }

  @Test
  void withoutCollateralAQuoteIsRefusedUnlessTheCallerSaysSo() {
    DcapExpectation strict = PAPER.expectation();
    DcapEvidence evidence = DcapEvidence.of(QUOTE);
    assertEquals(
        List.of(Reason.COLLATERAL_MISSING),
        reasons(
            SgxQuoteVerifier.verify(
                evidence, Optional.empty(), strict, PaperDcap.NOW, DcapMemory.none())));
    Outcome.Proven proven =
        proven(
            SgxQuoteVerifier.verify(
                evidence,
                Optional.empty(),
                strict.withTcb(TcbPolicy.STRICT.withoutCollateral()),
                PaperDcap.NOW,
                DcapMemory.none()));
    assertEquals(Optional.of(PaperDcap.END), proven.notAfter());
    assertFalse(proven.claims().stream().anyMatch(claim -> claim.name().startsWith("tcb/")));
  }

  @Test
  void anEnclaveThatCanBeDebuggedIsRefusedUnlessAllowed() {
    Bytes quote = PAPER.quote(Frame.SGX_3, body -> body[48] |= 2);
    assertEquals(
        List.of(Reason.TEE_DEBUG), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    proven(verify(quote, COLLATERAL, PAPER.expectation().withDebugAllowed()));
  }

  @Test
  void aReportOfAnEnclaveThatWasNeverInitialisedIsRefused() {
    Bytes quote = PAPER.quote(Frame.SGX_3, body -> body[48] = 4);
    assertEquals(
        List.of(Reason.EVIDENCE_SCHEMA), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void otherReportDataIsRefused() {
    DcapExpectation other =
        PAPER.expectation().withReportData(new ReportDataRule.Exactly(Bytes.of(new byte[64])));
    assertEquals(List.of(Reason.REPORT_DATA), reasons(verify(QUOTE, COLLATERAL, other)));
  }

  @Test
  void dataThatTheQuoteDoesNotBindIsRefused() {
    Bytes data = Bytes.utf8("runtime data");
    byte[] hash = Sha256.of(data).toByteArray();
    Bytes quote =
        PAPER.quote(Frame.SGX_3, body -> System.arraycopy(hash, 0, body, 320, hash.length));
    DcapExpectation bound =
        PAPER.expectation().withReportData(new ReportDataRule.BeginsWithHashOf(data));
    proven(verify(quote, COLLATERAL, bound));
    assertEquals(List.of(Reason.EVIDENCE_SPLICE), reasons(verify(QUOTE, COLLATERAL, bound)));
  }

  @Test
  void everyMeasurementThatDiffersIsListed() {
    DcapExpectation other =
        PAPER
            .expectation()
            .withMeasurements(
                Map.of(
                    "sgx/mrenclave", List.of(Bytes.of(new byte[32])),
                    "sgx/mrsigner", List.of(Bytes.of(new byte[32])),
                    "tdx/mrtd", List.of(Bytes.of(new byte[48]))));
    assertEquals(
        List.of(Reason.MEASUREMENT, Reason.MEASUREMENT, Reason.MEASUREMENT),
        reasons(verify(QUOTE, COLLATERAL, other)));
    proven(
        verify(
            QUOTE,
            COLLATERAL,
            PAPER
                .expectation()
                .withMeasurements(
                    Map.of(
                        "sgx/mrenclave",
                        List.of(Bytes.of(new byte[32]), Bytes.fromHex("e1".repeat(32)))))));
  }

  @Test
  void bytesAfterTheEndAreRefusedUnlessAllowed() {
    Bytes zeros = Bytes.concat(QUOTE, Bytes.of(new byte[9]));
    Bytes others = Bytes.concat(QUOTE, Bytes.utf8("x"));
    DcapExpectation strict = PAPER.expectation();
    assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(verify(zeros, COLLATERAL, strict)));
    DcapExpectation zero = strict.withTrailingBytes(TrailingBytes.ZERO);
    proven(verify(zeros, COLLATERAL, zero));
    assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(verify(others, COLLATERAL, zero)));
    proven(verify(others, COLLATERAL, strict.withTrailingBytes(TrailingBytes.ANY)));
  }

  @Test
  void anotherRootIsNotTrusted() {
    DcapExpectation other = DcapExpectation.strict(new PaperDcap().anchors());
    assertTrue(reasons(verify(QUOTE, COLLATERAL, other)).contains(Reason.CERT_CHAIN));
    DcapExpectation none =
        DcapExpectation.strict(new CertificatePath.Anchors(List.of(), List.of(), false));
    assertTrue(reasons(verify(QUOTE, COLLATERAL, none)).contains(Reason.CERT_CHAIN));
  }

  @Test
  void anAttestationKeyThatTheQuotingEnclaveDidNotBindIsRefused() {
    Bytes quote = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[320] ^= 1);
    assertEquals(
        List.of(Reason.QE_BINDING), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void anotherEnclaveThanTheQuotingEnclaveIsRefused() {
    Bytes signer = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[128] ^= 1);
    Bytes product = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[256] = 2);
    Bytes misc = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[16] = 1);
    Bytes attributes = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[48] |= 0x10);
    for (Bytes quote : List.of(signer, product, misc, attributes)) {
      assertEquals(
          List.of(Reason.QE_IDENTITY), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    }
    Bytes debug = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[48] |= 2);
    assertEquals(
        List.of(Reason.TEE_DEBUG), reasons(verify(debug, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void theIdentityOfTheQuotingEnclaveOfTdxIsRefused() {
    DcapCollateral mixed =
        DcapCollateral.of(
            COLLATERAL.tcbInfo(),
            PAPER.signedQeIdentity(Frame.TDX_4, SAME),
            COLLATERAL.pckCrl(),
            COLLATERAL.rootCrl());
    assertEquals(List.of(Reason.QE_IDENTITY), reasons(verify(QUOTE, mixed, PAPER.expectation())));
  }

  @Test
  void theTcbInfoOfAnotherPlatformIsRefused() {
    DcapCollateral other =
        PAPER.collateral(Frame.SGX_3, json -> json.replace("00606a000000", "00606a000001"), SAME);
    DcapCollateral pce =
        PAPER.collateral(
            Frame.SGX_3, json -> json.replace("\"pceId\":\"0000\"", "\"pceId\":\"0001\""), SAME);
    DcapCollateral tdx =
        DcapCollateral.of(
            PAPER.signedTcbInfo(Frame.TDX_4, SAME),
            COLLATERAL.qeIdentity(),
            COLLATERAL.pckCrl(),
            COLLATERAL.rootCrl());
    for (DcapCollateral collateral : List.of(other, pce, tdx)) {
      assertEquals(
          List.of(Reason.COLLATERAL_MISMATCH),
          reasons(verify(QUOTE, collateral, PAPER.expectation())));
    }
  }

  @Test
  void aPlatformOutOfDatePassesOnlyWithItsStatusOrAllItsAdvisoriesAccepted() {
    DcapCollateral newer =
        PAPER.collateral(Frame.SGX_3, json -> json.replace("[{\"svn\":7},", "[{\"svn\":8},"), SAME);
    DcapExpectation strict = PAPER.expectation();
    assertEquals(List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(QUOTE, newer, strict)));
    proven(
        verify(
            QUOTE,
            newer,
            strict.withTcb(
                TcbPolicy.STRICT.accepting(Set.of(TcbStatus.UP_TO_DATE, TcbStatus.OUT_OF_DATE)))));
    proven(
        verify(QUOTE, newer, strict.withTcb(TcbPolicy.STRICT.waiving(Set.of("INTEL-SA-00001")))));
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE),
        reasons(
            verify(
                QUOTE, newer, strict.withTcb(TcbPolicy.STRICT.waiving(Set.of("INTEL-SA-00009"))))));
  }

  @Test
  void aRevokedPlatformIsRefusedWhateverThePolicy() {
    DcapCollateral revoked =
        PAPER.collateral(
            Frame.SGX_3,
            json ->
                json.replace("\"UpToDate\"", "\"Revoked\",\"advisoryIDs\":[\"INTEL-SA-00001\"]"),
            SAME);
    DcapExpectation soft =
        PAPER
            .expectation()
            .withTcb(
                TcbPolicy.STRICT
                    .accepting(
                        java.util.EnumSet.complementOf(java.util.EnumSet.of(TcbStatus.REVOKED)))
                    .waiving(Set.of("INTEL-SA-00001")));
    assertEquals(List.of(Reason.TCB_REVOKED), reasons(verify(QUOTE, revoked, soft)));
  }

  @Test
  void aPlatformBelowEveryLevelIsRefused() {
    DcapCollateral newer =
        PAPER.collateral(Frame.SGX_3, json -> json.replace("\"pcesvn\":11", "\"pcesvn\":12"), SAME);
    DcapExpectation soft =
        PAPER
            .expectation()
            .withTcb(
                TcbPolicy.STRICT.accepting(
                    java.util.EnumSet.complementOf(java.util.EnumSet.of(TcbStatus.REVOKED))));
    assertEquals(List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(QUOTE, newer, soft)));
  }

  @Test
  void anOldQuotingEnclaveDragsThePlatformDown() {
    Bytes quote = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[258] = 6);
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    Bytes older = PAPER.quote(Frame.SGX_3, _ -> {}, qe -> qe[258] = 5);
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(older, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void aRevokedPckOrCaIsRefused() {
    DcapCollateral leaf =
        DcapCollateral.of(
            COLLATERAL.tcbInfo(),
            COLLATERAL.qeIdentity(),
            PAPER.pckCrl(PAPER.pck),
            COLLATERAL.rootCrl());
    DcapCollateral authority =
        DcapCollateral.of(
            COLLATERAL.tcbInfo(),
            COLLATERAL.qeIdentity(),
            COLLATERAL.pckCrl(),
            PAPER.rootCrl(PAPER.platformCa));
    assertEquals(List.of(Reason.CERT_REVOKED), reasons(verify(QUOTE, leaf, PAPER.expectation())));
    assertTrue(
        reasons(verify(QUOTE, authority, PAPER.expectation())).contains(Reason.CERT_REVOKED));
  }

  @Test
  void theRevocationListOfAnotherCaIsNotEnough() {
    PaperAuthority processor = PAPER.root.authority("Paper SGX PCK Processor CA");
    DcapCollateral other =
        DcapCollateral.of(
            COLLATERAL.tcbInfo(),
            COLLATERAL.qeIdentity(),
            new DcapCollateral.Signed(
                processor.crl(PaperDcap.BEGIN, PaperDcap.NEXT_UPDATE),
                PaperAuthority.pem(processor, PAPER.root)),
            COLLATERAL.rootCrl());
    assertEquals(List.of(Reason.CRL_MISSING), reasons(verify(QUOTE, other, PAPER.expectation())));
  }

  @Test
  void collateralOlderThanWhatWasSeenIsRefused() {
    DcapExpectation seen = PAPER.expectation().withTcb(TcbPolicy.STRICT.atLeast(18));
    assertEquals(
        List.of(Reason.COLLATERAL_STALE, Reason.COLLATERAL_STALE),
        reasons(verify(QUOTE, COLLATERAL, seen)));
    proven(verify(QUOTE, COLLATERAL, PAPER.expectation().withTcb(TcbPolicy.STRICT.atLeast(17))));
  }

  @Test
  void aTdxQuoteIsNoSgxQuote() {
    assertEquals(
        List.of(Reason.QUOTE_VERSION),
        reasons(verify(PAPER.quote(Frame.TDX_4), COLLATERAL, PAPER.expectation())));
  }

  @Test
  void anUnknownVersionKeyTypeOrCertificationTypeIsRefused() {
    for (int at : new int[] {0, 2, 4}) {
      byte[] bytes = QUOTE.toByteArray();
      bytes[at] = 9;
      assertEquals(
          List.of(Reason.QUOTE_VERSION),
          reasons(verify(Bytes.of(bytes), COLLATERAL, PAPER.expectation())));
    }
    Bytes unknown =
        PAPER.quote(Frame.SGX_3, _ -> {}, _ -> {}, new CertificationData(8, Bytes.EMPTY));
    assertEquals(
        List.of(Reason.QUOTE_VERSION), reasons(verify(unknown, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void aQuoteWithoutCertificatesNeedsThemBesideIt() {
    Bytes leaf = PaperAuthority.pem(PAPER.pck);
    List<Bytes> rest = List.of(PAPER.platformCa.der(), PAPER.root.der());
    Bytes withLeaf =
        PAPER.quote(
            Frame.SGX_3, _ -> {}, _ -> {}, new CertificationData(CertificationData.PCK_LEAF, leaf));
    Bytes named =
        PAPER.quote(
            Frame.SGX_3,
            _ -> {},
            _ -> {},
            new CertificationData(
                CertificationData.PPID_PLAIN, Bytes.of(new byte[16 + 16 + 2 + 2])));
    List<Bytes> whole = List.of(PaperAuthority.pem(PAPER.pck, PAPER.platformCa, PAPER.root));
    assertEquals(
        List.of(Reason.CERT_CHAIN), reasons(verify(withLeaf, COLLATERAL, PAPER.expectation())));
    proven(
        SgxQuoteVerifier.verify(
            DcapEvidence.of(withLeaf).withPckChain(rest),
            COLLATERAL,
            PAPER.expectation(),
            PaperDcap.NOW));
    proven(
        SgxQuoteVerifier.verify(
            DcapEvidence.of(named).withPckChain(whole),
            COLLATERAL,
            PAPER.expectation(),
            PaperDcap.NOW));
  }

  @Test
  void certificationDataThatIsNotWhatItsTypeSaysIsRefused() {
    Bytes whole = PaperAuthority.pem(PAPER.pck, PAPER.platformCa, PAPER.root);
    for (int type = CertificationData.PPID_PLAIN; type <= CertificationData.PCK_LEAF; type++) {
      Bytes quote = PAPER.quote(Frame.SGX_3, _ -> {}, _ -> {}, new CertificationData(type, whole));
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(verify(quote, COLLATERAL, PAPER.expectation())),
          "type " + type);
    }
    for (int type : new int[] {CertificationData.QE_REPORT, CertificationData.PLATFORM_MANIFEST}) {
      Bytes quote = PAPER.quote(Frame.SGX_3, _ -> {}, _ -> {}, new CertificationData(type, whole));
      assertEquals(
          List.of(Reason.QUOTE_VERSION),
          reasons(verify(quote, COLLATERAL, PAPER.expectation())),
          "type " + type);
    }
  }

  @Test
  void theCertificateOfAnotherPlatformThanTheQuoteNamesIsRefused() {
    byte[] data = new byte[16 + 16 + 2 + 2];
    data[0] = 1;
    Bytes quote =
        PAPER.quote(
            Frame.SGX_3,
            _ -> {},
            _ -> {},
            new CertificationData(CertificationData.PPID_PLAIN, Bytes.of(data)));
    List<Bytes> whole = List.of(PaperAuthority.pem(PAPER.pck, PAPER.platformCa, PAPER.root));
    assertEquals(
        List.of(Reason.EVIDENCE_SPLICE),
        reasons(
            SgxQuoteVerifier.verify(
                DcapEvidence.of(quote).withPckChain(whole),
                COLLATERAL,
                PAPER.expectation(),
                PaperDcap.NOW)));
  }

  @Test
  void aChainInTheQuoteMustEndInAnAnchorAndHoldNothingElse() {
    Bytes open = PaperAuthority.pem(PAPER.pck, PAPER.platformCa);
    Bytes swapped = PaperAuthority.pem(PAPER.platformCa, PAPER.pck, PAPER.root);
    Bytes whole = PaperAuthority.pem(PAPER.pck, PAPER.platformCa, PAPER.root);
    for (Bytes chain : List.of(open, swapped)) {
      assertEquals(
          List.of(Reason.CERT_CHAIN),
          reasons(verify(chained(chain), COLLATERAL, PAPER.expectation())));
    }
    Bytes more = Bytes.concat(whole, Bytes.utf8("more"));
    assertEquals(
        List.of(Reason.EVIDENCE_MALFORMED),
        reasons(verify(chained(more), COLLATERAL, PAPER.expectation())));
  }

  private static Bytes chained(Bytes chain) {
    return PAPER.quote(
        Frame.SGX_3, _ -> {}, _ -> {}, new CertificationData(CertificationData.PCK_CHAIN, chain));
  }

  @Test
  void aChainMayEndInAnOlderCertificateOfTheAnchorsNameAndKeyOnly() {
    DcapExpectation renewed =
        PAPER
            .expectation()
            .withTcb(TcbPolicy.STRICT.withoutCollateral())
            .withAnchors(
                new CertificatePath.Anchors(
                    List.of(PAPER.root.renewed().certificate()), List.of(), false));
    DcapEvidence evidence = DcapEvidence.of(QUOTE);
    proven(
        SgxQuoteVerifier.verify(
            evidence, Optional.empty(), renewed, PaperDcap.NOW, DcapMemory.none()));
    proven(verify(QUOTE, COLLATERAL, renewed));
    assertEquals(
        List.of(Reason.CERT_EXPIRED),
        reasons(
            SgxQuoteVerifier.verify(
                evidence,
                Optional.empty(),
                renewed,
                PaperDcap.END.plusSeconds(1),
                DcapMemory.none())));
    Bytes twin =
        PaperAuthority.pem(PAPER.pck, PAPER.platformCa, PaperAuthority.root("Paper SGX Root CA"));
    assertEquals(
        List.of(Reason.CERT_CHAIN),
        reasons(
            SgxQuoteVerifier.verify(
                DcapEvidence.of(chained(twin)),
                Optional.empty(),
                renewed,
                PaperDcap.NOW,
                DcapMemory.none())));
  }

  @Test
  void aCertificateThatIsNoPckSignsNoQuotingEnclave() {
    PaperAuthority other = PAPER.platformCa.leaf("Paper other");
    Bytes chain = PaperAuthority.pem(other, PAPER.platformCa, PAPER.root);
    assertEquals(
        List.of(Reason.CERT_CHAIN),
        reasons(verify(chained(chain), COLLATERAL, PAPER.expectation())));
  }
}
