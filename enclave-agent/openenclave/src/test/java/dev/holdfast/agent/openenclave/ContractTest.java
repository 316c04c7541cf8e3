package dev.holdfast.agent.openenclave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.agent.openenclave.ContractLibrary.Behaviour;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.PaperDcap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A library that does all that the documented API may do, and some that it may not. */
@Timeout(120)
final class ContractTest {
  private static final Bytes BINDING = Bytes.fromHex("5c".repeat(32));
  private static final Bytes EVIDENCE = PaperEvidence.evidence(BINDING, _ -> {});
  private static final Bytes ENDORSEMENTS = PaperEvidence.endorsements();
  private static final int RESULTS = 59;

  @TempDir private Path directory;
  private final ContractLibrary contract = new ContractLibrary();

  @BeforeEach
  void reset() {
    contract.reset();
  }

  @AfterEach
  void allCameBackOnce() {
    assertEquals(0, contract.outstanding(), "handed out and never freed");
    assertEquals(0, contract.wrongFrees(), "freed twice, or with another size");
    assertEquals(contract.starts(), contract.stops());
  }

  private static OpenEnclave open() throws IOException {
    return OpenEnclave.open(ContractLibrary.file(), SdkLog.NONE);
  }

  private static Verification verify(OpenEnclave sdk) {
    return sdk.verify(EVIDENCE, ENDORSEMENTS, List.of());
  }

  @Test
  void claimsComeAsTheLibraryStatesThem() throws IOException {
    try (OpenEnclave sdk = open()) {
      var verified = assertInstanceOf(Verification.Verified.class, verify(sdk));
      assertEquals(8, verified.claims().size());
      assertEquals(
          Bytes.fromHex("e1".repeat(32)),
          verified.claim(EvidenceClaim.UNIQUE_ID).orElseThrow().value());
      assertEquals(BINDING, verified.claim("custom_claims_buffer").orElseThrow().value());
      assertEquals(Optional.empty(), verified.claim("tcb_status"));
    }
  }

  @Test
  void everyResultIsOneOfThreeVerdictsAndOnlyOkIsVerified() throws IOException {
    try (OpenEnclave sdk = open()) {
      for (int code = -1; code <= RESULTS + 1; code++) {
        contract.behave(Behaviour.RESULT, code);
        ResultCode result = new ResultCode(code);
        switch (verify(sdk)) {
          case Verification.Verified _ -> assertEquals(ResultCode.OK, result);
          case Verification.Refused refused -> {
            assertEquals(result, refused.result());
            assertTrue(refused.words().contains(result.toString()), refused.words());
          }
          case Verification.Unavailable _ -> assertTrue(result.ofTheEnvironment());
        }
      }
    }
  }

  @Test
  void claimsOfAPlatformThatIsOutOfDateAreFreedAndNotBelieved() throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(Behaviour.RESULT, ResultCode.TCB_LEVEL_INVALID.code());
      var refused = assertInstanceOf(Verification.Refused.class, verify(sdk));
      assertEquals("OE_TCB_LEVEL_INVALID (34)", refused.words());
      assertEquals(0, contract.outstanding());
    }
  }

  @Test
  void evidenceWithoutClaimsIsVerifiedAndClaimsNothing() throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(Behaviour.CLAIMS_NULL);
      assertEquals(new Verification.Verified(List.of()), verify(sdk));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Behaviour.class,
      names = {
        "CLAIMS_NOWHERE",
        "CLAIMS_HUGE",
        "VALUE_HUGE",
        "NAME_NULL",
        "VALUE_NULL",
        "NAME_LONG"
      })
  void aBrokenContractIsNoVerdict(Behaviour broken) throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(broken);
      var none = assertInstanceOf(Verification.Unavailable.class, verify(sdk));
      assertTrue(none.words().startsWith("the library hands out"), none.words());
      contract.behave(Behaviour.ORDERLY);
      assertInstanceOf(Verification.Verified.class, verify(sdk));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Behaviour.class,
      names = {"FORMATS_NOWHERE", "FORMATS_HUGE"})
  void formatsOutOfBoundsAreRefused(Behaviour broken) throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(broken);
      assertThrows(OpenEnclaveException.class, sdk::formats);
    }
  }

  @Test
  void wordsThatAreMissingOrEndlessAreBounded() throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(Behaviour.WORDS_NULL);
      assertEquals("result 8", sdk.describe(ResultCode.VERIFY_FAILED));
      contract.behave(Behaviour.WORDS_LONG);
      assertEquals("x".repeat(256) + " (8)", sdk.describe(ResultCode.VERIFY_FAILED));
    }
  }

  @Test
  void policiesReachTheLibraryAsItsHeadersSay() throws IOException {
    try (OpenEnclave sdk = open()) {
      sdk.verify(
          EVIDENCE,
          ENDORSEMENTS,
          List.of(
              new VerifierPolicy.EndorsementsTime(Instant.parse("2026-03-01T12:34:56Z")),
              new VerifierPolicy.EndorsementsBaseline(Bytes.utf8("abc")),
              new VerifierPolicy.TcbBaselineDate(Instant.ofEpochSecond(0x01020304L))));
      assertEquals(
          "0118ea0700000300000001000000"
              + "0c0000002200000038000000"
              + "020461626300"
              + "03080403020100000000",
          contract.policies().hex());
    }
  }

  @Test
  void aFloodOfLinesIsCutAndHarmless() throws IOException {
    var lines = new ConcurrentLinkedQueue<SdkLog.Line>();
    try (OpenEnclave sdk = OpenEnclave.open(ContractLibrary.file(), lines::add)) {
      contract.behave(Behaviour.LOG_FLOOD);
      assertInstanceOf(Verification.Verified.class, verify(sdk));
    }
    assertEquals(502, lines.size());
    assertTrue(lines.stream().allMatch(line -> line.text().length() <= 2048));
    assertTrue(
        lines.contains(new SdkLog.Line(false, SdkLog.Level.ERROR, "verifying now")),
        () -> lines.iterator().next().toString());
  }

  @Test
  void aListenerThatThrowsDisturbsNothing() throws IOException {
    SdkLog thrower =
        line -> {
          throw new IllegalStateException(line.text());
        };
    try (OpenEnclave sdk = OpenEnclave.open(ContractLibrary.file(), thrower)) {
      assertInstanceOf(Verification.Verified.class, verify(sdk));
    }
  }

  @Test
  void aLineFromAnotherThreadAfterTheEndIsHeardByNobody() throws IOException {
    var lines = new ConcurrentLinkedQueue<SdkLog.Line>();
    OpenEnclave sdk = OpenEnclave.open(ContractLibrary.file(), lines::add);
    contract.logLate("in time");
    sdk.close();
    assertTrue(lines.contains(new SdkLog.Line(false, SdkLog.Level.WARNING, "in time")));
    System.gc();
    contract.logLate("late");
    assertTrue(lines.stream().noneMatch(line -> line.text().equals("late")));
  }

  @Test
  void aCallThatHangsIsGivenUpOnAndFreesWhatItGets() throws IOException {
    try (OpenEnclave sdk =
        OpenEnclave.open(ContractLibrary.file(), SdkLog.NONE, Duration.ofSeconds(2))) {
      contract.behave(Behaviour.SLOW);
      var none = assertInstanceOf(Verification.Unavailable.class, verify(sdk));
      assertTrue(none.words().contains("did not answer within PT2S"), none.words());
      contract.release();
    }
    assertEquals(0, contract.outstanding());
  }

  @Test
  void anEnclaveThatComesTooLateEndsWithTheLibrary() throws IOException {
    EnclaveImage image = EnclaveImage.of(directory.resolve("image.signed"));
    try (OpenEnclave sdk =
        OpenEnclave.open(ContractLibrary.file(), SdkLog.NONE, Duration.ofSeconds(2))) {
      contract.behave(Behaviour.SLOW);
      assertThrows(OpenEnclaveException.class, () -> sdk.start(image));
      contract.release();
    }
    assertEquals(0, contract.outstanding());
  }

  @Test
  void aLibraryThatIsClosedAnswersNothing() throws IOException {
    OpenEnclave sdk = open();
    sdk.close();
    sdk.close();
    assertInstanceOf(Verification.Unavailable.class, verify(sdk));
    assertThrows(OpenEnclaveException.class, sdk::formats);
  }

  @Test
  void whatIsNoLibraryOrDoesNotStartIsRefusedWithWords() throws IOException {
    Path text = Files.writeString(directory.resolve("text.so"), "no library");
    for (Path file : List.of(text, directory.resolve("missing.so"))) {
      var refused =
          assertThrows(OpenEnclaveException.class, () -> OpenEnclave.open(file, SdkLog.NONE));
      assertTrue(String.valueOf(refused.getMessage()).contains(file.toString()));
    }
    contract.behave(Behaviour.START_FAILS, 35);
    var refused = assertThrows(OpenEnclaveException.class, ContractTest::open);
    assertEquals("oe_verifier_initialize: OE_OTHER (35)", refused.getMessage());
    contract.behave(Behaviour.ORDERLY);
    open().close();
  }

  @Test
  void evidenceOutOfBoundsNeverReachesTheLibrary() throws IOException {
    try (OpenEnclave sdk = open()) {
      for (int length : new int[] {0, OpenEnclave.EVIDENCE_MAX_BYTES + 1}) {
        assertInstanceOf(
            Verification.Unavailable.class,
            sdk.verify(Bytes.of(new byte[length]), Bytes.EMPTY, List.of()));
      }
    }
  }

  @Test
  void anEnclaveMakesEvidenceOfTheBindingAndEndsOnce() throws IOException {
    try (OpenEnclave sdk = open()) {
      Enclave enclave = sdk.start(EnclaveImage.of(directory.resolve("image.signed")));
      EnclaveEvidence made = enclave.evidence(BINDING);
      assertEquals(Bytes.utf8("ends"), made.endorsements());
      var verified =
          assertInstanceOf(
              Verification.Verified.class,
              sdk.verify(made.evidence(), made.endorsements(), List.of()));
      assertEquals(BINDING, verified.claim("custom_claims_buffer").orElseThrow().value());
      enclave.close();
      enclave.close();
      assertThrows(OpenEnclaveException.class, () -> enclave.evidence(BINDING));
      sdk.start(EnclaveImage.of(directory.resolve("left open")));
    }
  }

  @Test
  void anEnclaveThatLiesOrFailsGivesNoEvidence() throws IOException {
    EnclaveImage image = EnclaveImage.of(directory.resolve("image.signed"));
    try (OpenEnclave sdk = open();
        Enclave enclave = sdk.start(image)) {
      contract.behave(Behaviour.EVIDENCE_LIES);
      var lie = assertThrows(OpenEnclaveException.class, () -> enclave.evidence(BINDING));
      assertTrue(String.valueOf(lie.getMessage()).startsWith("the enclave tells of 131073 bytes"));
      contract.behave(Behaviour.ENCLAVE_REFUSES, 36);
      var refused = assertThrows(OpenEnclaveException.class, () -> enclave.evidence(BINDING));
      assertEquals("the enclave's evidence: OE_OTHER (36)", refused.getMessage());
      contract.behave(Behaviour.RESULT, 20);
      assertThrows(OpenEnclaveException.class, () -> enclave.evidence(BINDING));
      assertThrows(OpenEnclaveException.class, () -> sdk.start(image));
      contract.behave(Behaviour.ENCLAVE_NULL);
      assertThrows(OpenEnclaveException.class, () -> sdk.start(image));
      var absent =
          new EnclaveImage(image.file(), "oe_create_other_enclave", "other_evidence", false);
      assertThrows(OpenEnclaveException.class, () -> sdk.start(absent));
    }
    assertThrows(
        IllegalArgumentException.class, () -> new EnclaveImage(image.file(), "a b", "c", false));
  }

  private static DifferentialCheck.Comparison compare(OpenEnclave sdk, Bytes evidence) {
    return new DifferentialCheck(sdk)
        .verify(evidence, ENDORSEMENTS, PaperEvidence.expectation(), PaperDcap.NOW);
  }

  private static List<DifferentialCheck.Subject> subjects(DifferentialCheck.Comparison comparison) {
    return assertInstanceOf(DifferentialCheck.Different.class, comparison, comparison::toString)
        .differences()
        .stream()
        .map(DifferentialCheck.Difference::subject)
        .toList();
  }

  @Test
  void twoVerifiersThatAgreeAreTheSame() throws IOException {
    try (OpenEnclave sdk = open()) {
      var same = assertInstanceOf(DifferentialCheck.Same.class, compare(sdk, EVIDENCE));
      assertInstanceOf(Outcome.Proven.class, same.outcome());
      // Debug is refused by a rule of ours, of which the SDK knows nothing.
      Bytes debug = PaperEvidence.evidence(BINDING, report -> report[48] |= 2);
      var both = assertInstanceOf(DifferentialCheck.Same.class, compare(sdk, debug));
      assertInstanceOf(Outcome.Refused.class, both.outcome());
    }
  }

  @Test
  void aVerdictThatDiffersIsReportedAndOursCounts() throws IOException {
    try (OpenEnclave sdk = open()) {
      byte[] forged = EVIDENCE.toByteArray();
      forged[32 + 48 + 64] ^= 1;
      var comparison = compare(sdk, Bytes.of(forged));
      assertEquals(List.of(DifferentialCheck.Subject.VERDICT), subjects(comparison));
      assertInstanceOf(Outcome.Refused.class, comparison.outcome());
      contract.behave(Behaviour.RESULT, ResultCode.VERIFY_CRL_EXPIRED.code());
      comparison = compare(sdk, EVIDENCE);
      assertEquals(List.of(DifferentialCheck.Subject.VERDICT), subjects(comparison));
      assertInstanceOf(Outcome.Proven.class, comparison.outcome());
      assertEquals(
          "verdict: proven by Holdfast, refused: OE_OTHER (42) by the Open Enclave SDK",
          assertInstanceOf(DifferentialCheck.Different.class, comparison).words());
    }
  }

  @Test
  void claimsThatDifferAreNamedOneByOne() {
    var ours = ours();
    var theirs =
        new Verification.Verified(
            List.of(
                new EvidenceClaim(EvidenceClaim.UNIQUE_ID, Bytes.fromHex("00".repeat(32))),
                new EvidenceClaim(
                    EvidenceClaim.PRODUCT_ID, Bytes.fromHex("0401" + "00".repeat(14))),
                new EvidenceClaim(EvidenceClaim.SECURITY_VERSION, Bytes.fromHex("0a000000")),
                new EvidenceClaim(EvidenceClaim.ATTRIBUTES, Bytes.fromHex("0300000000000000"))));
    var comparison = DifferentialCheck.compare(ours, ours, theirs);
    assertEquals(
        List.of(
            DifferentialCheck.Subject.UNIQUE_ID,
            DifferentialCheck.Subject.SIGNER_ID,
            DifferentialCheck.Subject.PRODUCT_ID,
            DifferentialCheck.Subject.SECURITY_VERSION,
            DifferentialCheck.Subject.DEBUG),
        subjects(comparison));
    String words = assertInstanceOf(DifferentialCheck.Different.class, comparison).words();
    assertTrue(words.contains("product identifier: 3 by Holdfast, 260 by"), words);
    assertTrue(words.contains("debug attribute: not set by Holdfast, set by"), words);
  }

  private static Outcome ours() {
    return dev.holdfast.attestation.openenclave.OpenEnclaveVerifier.verify(
        EVIDENCE, ENDORSEMENTS, PaperEvidence.expectation(), PaperDcap.NOW);
  }

  @Test
  void withoutAVerdictOrEndorsementsNothingIsCompared() throws IOException {
    try (OpenEnclave sdk = open()) {
      contract.behave(Behaviour.RESULT, 36);
      assertInstanceOf(DifferentialCheck.NotCompared.class, compare(sdk, EVIDENCE));
      contract.behave(Behaviour.ORDERLY);
      var comparison =
          new DifferentialCheck(sdk)
              .verify(EVIDENCE, Bytes.EMPTY, PaperEvidence.expectation(), PaperDcap.NOW);
      assertInstanceOf(DifferentialCheck.NotCompared.class, comparison);
      assertInstanceOf(Outcome.Refused.class, comparison.outcome());
    }
  }
}
