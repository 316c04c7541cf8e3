package dev.holdfast.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.TcbStatus;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.dcap.TcbPolicy;
import dev.holdfast.attestation.dcap.TdReport;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TdxQuoteVerifierTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final DcapCollateral COLLATERAL = PAPER.collateral(Frame.TDX_4);
  private static final UnaryOperator<String> SAME = UnaryOperator.identity();
  private static final int RTMR = 328;
  private static final int DIGEST = 48;

  private static Outcome verify(
      Bytes quote, DcapCollateral collateral, DcapExpectation expectation) {
    return TdxQuoteVerifier.verify(DcapEvidence.of(quote), collateral, expectation, PaperDcap.NOW);
  }

  private static Outcome.Proven proven(Outcome outcome) {
    return assertInstanceOf(Outcome.Proven.class, outcome, outcome.toString());
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"TDX_4", "TDX_5", "TDX_5_LATER"})
  void aGoodQuoteOfEachVersionIsProven(Frame frame) {
    Outcome.Proven proven = proven(verify(PAPER.quote(frame), COLLATERAL, PAPER.expectation()));
    assertTrue(
        proven
            .claims()
            .contains(new Claim.Measurement("tdx/rtmr/3", Bytes.fromHex("a3".repeat(48)))));
    assertTrue(proven.claims().contains(new Claim.Word("tcb/status", "UpToDate")));
    assertEquals(
        frame == Frame.TDX_5_LATER,
        proven.claims().stream().anyMatch(claim -> claim.name().equals("tdx/mrservicetd")));
  }

  @Test
  void anSgxQuoteIsNoTdxQuote() {
    assertEquals(
        List.of(Reason.QUOTE_VERSION),
        reasons(verify(PAPER.quote(Frame.SGX_3), COLLATERAL, PAPER.expectation())));
  }

  @Test
  void aBodyThatIsNotAsItIsDescribedIsRefused() {
    for (int at : new int[] {48, 50}) {
      byte[] bytes = PAPER.quote(Frame.TDX_5_LATER).toByteArray();
      bytes[at] ^= 1;
      Reason reason = reasons(verify(Bytes.of(bytes), COLLATERAL, PAPER.expectation())).getFirst();
      assertTrue(Set.of(Reason.EVIDENCE_MALFORMED, Reason.QUOTE_VERSION).contains(reason), "" + at);
    }
  }

  @Test
  void anyWayToLookIntoTheDomainCountsAsDebug() {
    for (int bit : new int[] {0, 4, 5, 7}) {
      Bytes quote = PAPER.quote(Frame.TDX_4, body -> body[120] |= (byte) (1 << bit));
      assertEquals(
          List.of(Reason.TEE_DEBUG), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
      proven(verify(quote, COLLATERAL, PAPER.expectation().withDebugAllowed()));
    }
  }

  @Test
  void attributesThatNoModuleDefinesAreRefused() {
    Bytes quote = PAPER.quote(Frame.TDX_4, body -> body[124] |= 1);
    assertEquals(
        List.of(Reason.EVIDENCE_SCHEMA),
        reasons(verify(quote, COLLATERAL, PAPER.expectation().withDebugAllowed())));
  }

  @Test
  void aModuleOfAnotherSignerOrAttributesIsRefused() {
    Bytes signer = PAPER.quote(Frame.TDX_4, body -> body[64] = 1);
    Bytes attributes = PAPER.quote(Frame.TDX_4, body -> body[112] = 1);
    for (Bytes quote : List.of(signer, attributes)) {
      assertEquals(
          List.of(Reason.TDX_MODULE), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    }
  }

  @Test
  void aModuleThatTheTcbInfoDoesNotKnowIsRefusedAndNeverSkipped() {
    Bytes unknown = PAPER.quote(Frame.TDX_4, body -> body[1] = 3);
    assertEquals(
        List.of(Reason.TDX_MODULE), reasons(verify(unknown, COLLATERAL, PAPER.expectation())));
    Bytes old = PAPER.quote(Frame.TDX_4, body -> body[0] = 1);
    assertEquals(List.of(Reason.TDX_MODULE), reasons(verify(old, COLLATERAL, PAPER.expectation())));
  }

  @Test
  void anOldModuleDragsThePlatformDown() {
    Bytes quote = PAPER.quote(Frame.TDX_4, body -> body[0] = 3);
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    proven(
        verify(
            quote,
            COLLATERAL,
            PAPER.expectation().withTcb(TcbPolicy.STRICT.waiving(Set.of("INTEL-SA-00002")))));
  }

  @Test
  void aWaivedModuleDoesNotExcuseThePlatform() {
    Bytes quote = PAPER.quote(Frame.TDX_4, body -> body[0] = 3);
    DcapCollateral hardening =
        PAPER.collateral(
            Frame.TDX_4,
            json ->
                json.replace(
                    "\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"sgx",
                    "\"tcbStatus\":\"SWHardeningNeeded\"},{\"tcb\":{\"sgx"),
            SAME);
    DcapExpectation waived =
        PAPER.expectation().withTcb(TcbPolicy.STRICT.waiving(Set.of("INTEL-SA-00002")));
    assertEquals(List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(quote, hardening, waived)));
  }

  @Test
  void theFirstModuleIsJudgedByThePlatformsComponents() {
    Bytes quote =
        PAPER.quote(
            Frame.TDX_4,
            body -> {
              body[0] = 3;
              body[1] = 0;
            });
    // Component 1 must be 1 at least, and a module of version 0 has none.
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE), reasons(verify(quote, COLLATERAL, PAPER.expectation())));
    DcapCollateral first =
        PAPER.collateral(
            Frame.TDX_4,
            json -> json.replace("[{\"svn\":3},{\"svn\":1},", "[{\"svn\":3},{\"svn\":0},"),
            SAME);
    proven(verify(quote, first, PAPER.expectation()));
  }

  /** Bytes of TEE_TCB_SVN, from the start of the body, and of TEE_TCB_SVN_2. */
  private static final int STARTED = 0;

  private static final int RUNNING = TdReport.LENGTH_1_0;

  private static Bytes updated(int startedSvn, int runningVersion, int runningSvn) {
    return PAPER.quote(
        Frame.TDX_5_LATER,
        body -> {
          body[STARTED] = (byte) startedSvn;
          body[RUNNING] = (byte) runningSvn;
          body[RUNNING + 1] = (byte) runningVersion;
        });
  }

  private static DcapExpectation accepting(TcbStatus... statuses) {
    return PAPER.expectation().withTcb(TcbPolicy.STRICT.accepting(Set.of(statuses)));
  }

  @Test
  void aDomainOlderThanItsPlatformShouldBeStartedAnew() {
    Bytes quote = updated(3, 1, 5);
    Outcome refused = verify(quote, COLLATERAL, PAPER.expectation());
    assertEquals(List.of(Reason.TCB_OUT_OF_DATE), reasons(refused));
    Finding finding = ((Outcome.Refused) refused).findings().getFirst();
    assertEquals("TDRelaunchAdvised", finding.found());
    assertTrue(finding.remedy().startsWith("Start the domain anew"), finding.remedy());
    List<Claim> claims =
        proven(verify(quote, COLLATERAL, accepting(TcbStatus.TD_RELAUNCH_ADVISED))).claims();
    assertTrue(claims.contains(new Claim.Word("tcb/status", "TDRelaunchAdvised")));
    assertTrue(claims.contains(new Claim.Word("tcb/advisory/0", "INTEL-SA-00002")));
    assertEquals(
        List.of(Reason.TCB_OUT_OF_DATE),
        reasons(verify(quote, COLLATERAL, accepting(TcbStatus.OUT_OF_DATE))));
  }

  @Test
  void whereThePlatformMustBeConfiguredAsWellTheStatusSaysSo() {
    DcapCollateral configuration =
        PAPER.collateral(
            Frame.TDX_4,
            json ->
                json.replace(
                    "\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"sgx",
                    "\"tcbStatus\":\"ConfigurationNeeded\"},{\"tcb\":{\"sgx"),
            SAME);
    proven(
        verify(
            updated(3, 1, 5),
            configuration,
            accepting(TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED)));
  }

  @Test
  void aDomainOnAPlatformThatIsOldItselfIsOutOfDate() {
    proven(verify(updated(3, 1, 3), COLLATERAL, accepting(TcbStatus.OUT_OF_DATE)));
  }

  @Test
  void aDomainThatIsUpToDateStaysSo() {
    proven(verify(updated(5, 1, 3), COLLATERAL, PAPER.expectation()));
  }

  @Test
  void whatRunsNowMustBeKnownToo() {
    assertEquals(
        List.of(Reason.TDX_MODULE),
        reasons(verify(updated(5, 3, 5), COLLATERAL, PAPER.expectation())));
    assertEquals(
        List.of(Reason.TDX_MODULE),
        reasons(verify(updated(5, 1, 1), COLLATERAL, PAPER.expectation())));
  }

  @Test
  void onlyWhatIsOldCanBeStartedAnewAndOnlyOnWhatIsNot() {
    for (TcbStatus started : TcbStatus.values()) {
      for (TcbStatus now : TcbStatus.values()) {
        boolean old = started.word().startsWith("OutOfDate");
        boolean better = !now.word().startsWith("OutOfDate") && now != TcbStatus.REVOKED;
        boolean configuration = (started.word() + now.word()).contains("Configuration");
        TcbStatus expected = started;
        if (old && better) {
          expected =
              configuration
                  ? TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                  : TcbStatus.TD_RELAUNCH_ADVISED;
        }
        assertEquals(expected, started.onPlatform(now), started + " on " + now);
      }
    }
  }

  @Test
  void noCollateralSaysOfALevelThatADomainShouldBeStartedAnew() {
    DcapCollateral odd =
        PAPER.collateral(
            Frame.TDX_4, json -> json.replace("\"UpToDate\"", "\"TDRelaunchAdvised\""), SAME);
    assertEquals(
        List.of(Reason.COLLATERAL_MALFORMED),
        reasons(verify(PAPER.quote(Frame.TDX_4), odd, accepting(TcbStatus.TD_RELAUNCH_ADVISED))));
  }

  @Test
  void statusesConvergeToAllThatAnyPartWants() {
    assertEquals(
        TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
        TcbStatus.CONFIGURATION_NEEDED.converge(TcbStatus.OUT_OF_DATE));
    assertEquals(
        TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED,
        TcbStatus.SW_HARDENING_NEEDED.converge(TcbStatus.CONFIGURATION_NEEDED));
    assertEquals(
        TcbStatus.OUT_OF_DATE, TcbStatus.SW_HARDENING_NEEDED.converge(TcbStatus.OUT_OF_DATE));
    for (TcbStatus status : TcbStatus.values()) {
      assertEquals(status, status.converge(TcbStatus.UP_TO_DATE));
      assertEquals(TcbStatus.REVOKED, TcbStatus.REVOKED.converge(status));
    }
  }

  @Test
  void anEventLogMustLeadToTheRunTimeRegisters() {
    EventLogWriter writer = new EventLogWriter(Set.of(PcrBank.SHA384));
    Bytes[] registers = new Bytes[4];
    for (int i = 0; i < registers.length; i++) {
      registers[i] = Bytes.of(new byte[DIGEST]);
      Bytes digest =
          writer
              .event(i + 1, EventType.EV_IPL, Bytes.utf8("stage " + i))
              .getOrDefault(PcrBank.SHA384, Bytes.EMPTY);
      registers[i] = PcrBank.SHA384.extend(registers[i], digest);
    }
    Bytes quote =
        PAPER.quote(
            Frame.TDX_4,
            body -> {
              for (int i = 0; i < registers.length; i++) {
                byte[] value = registers[i].toByteArray();
                System.arraycopy(value, 0, body, RTMR + DIGEST * i, DIGEST);
              }
            });
    DcapEvidence evidence = DcapEvidence.of(quote).withEventLog(writer.log());
    Outcome.Proven proven =
        proven(TdxQuoteVerifier.verify(evidence, COLLATERAL, PAPER.expectation(), PaperDcap.NOW));
    assertTrue(proven.claims().stream().anyMatch(claim -> claim.name().startsWith("event/")));
    DcapEvidence other = DcapEvidence.of(PAPER.quote(Frame.TDX_4)).withEventLog(writer.log());
    assertTrue(
        reasons(TdxQuoteVerifier.verify(other, COLLATERAL, PAPER.expectation(), PaperDcap.NOW))
            .contains(Reason.EVENTLOG_MISMATCH));
    Bytes padded = Bytes.concat(writer.log(), Bytes.of(new byte[64]));
    DcapEvidence longer = DcapEvidence.of(quote).withEventLog(padded);
    assertInstanceOf(
        Outcome.Refused.class,
        TdxQuoteVerifier.verify(longer, COLLATERAL, PAPER.expectation(), PaperDcap.NOW));
    proven(
        TdxQuoteVerifier.verify(
            longer,
            COLLATERAL,
            PAPER
                .expectation()
                .withEventLog(true, EventLogRules.REPLAY_ONLY.withPaddingAllowed(true)),
            PaperDcap.NOW));
  }

  @Test
  void anEventLogThatIsAskedForMustBeThere() {
    assertEquals(
        List.of(Reason.EVIDENCE_MISSING),
        reasons(
            verify(
                PAPER.quote(Frame.TDX_4),
                COLLATERAL,
                PAPER.expectation().withEventLog(true, EventLogRules.REPLAY_ONLY))));
  }
}
