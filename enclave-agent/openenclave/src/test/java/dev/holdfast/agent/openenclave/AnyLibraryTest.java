package dev.holdfast.agent.openenclave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.PaperDcap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds of every library with the SDK's host API: of the contract library, and of the real one
 * where {@code -Dholdfast.openenclave.library} names it.
 */
@Timeout(120)
final class AnyLibraryTest {
  private static final long SEED = 20261124;
  private static final Bytes BINDING = Bytes.fromHex("5c".repeat(32));

  /**
   * A library under test.
   *
   * @param name which one
   * @param file where it lies
   */
  record Subject(String name, Path file) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Subject> libraries() {
    List<Subject> all = new ArrayList<>();
    all.add(new Subject("the contract library", ContractLibrary.file()));
    String real = System.getProperty("holdfast.openenclave.library", "");
    if (!real.isBlank()) {
      all.add(new Subject("the real library", Path.of(real)));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void itsVerifierKnowsTheFormatOfOurEvidence(Subject subject) throws IOException {
    try (OpenEnclave sdk = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
      assertTrue(sdk.formats().contains(Enclave.SGX_ECDSA), () -> formats(sdk));
    }
  }

  private static String formats(OpenEnclave sdk) {
    try {
      return sdk.formats().toString();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void itOpensAgainAfterItWasClosedAndNeverTwice(Subject subject) throws IOException {
    for (int i = 0; i < 3; i++) {
      try (OpenEnclave sdk = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
        assertThrows(
            OpenEnclaveException.class, () -> OpenEnclave.open(subject.file(), SdkLog.NONE));
        assertFalse(sdk.formats().isEmpty());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void everyResultHasWords(Subject subject) throws IOException {
    try (OpenEnclave sdk = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
      assertTrue(sdk.describe(ResultCode.OK).startsWith("OE_OK"));
      assertTrue(sdk.describe(ResultCode.VERIFY_FAILED).startsWith("OE_VERIFY_FAILED"));
      assertTrue(sdk.describe(ResultCode.TCB_LEVEL_INVALID).startsWith("OE_TCB_LEVEL_INVALID"));
      for (int code : new int[] {1, 42, 58, 59, 1000, -1, Integer.MAX_VALUE}) {
        assertFalse(sdk.describe(new ResultCode(code)).isBlank());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void noiseIsNeverVerified(Subject subject) throws IOException {
    RandomGenerator random = new java.util.SplittableRandom(SEED);
    try (OpenEnclave sdk = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
      for (int i = 0; i < 50; i++) {
        byte[] noise = new byte[1 + random.nextInt(600)];
        random.nextBytes(noise);
        Verification verdict = sdk.verify(Bytes.of(noise), Bytes.EMPTY, List.of());
        assertFalse(
            verdict instanceof Verification.Verified, () -> "seed " + SEED + ": " + verdict);
      }
      Verification short31 = sdk.verify(Bytes.of(new byte[31]), Bytes.EMPTY, List.of());
      assertFalse(short31 instanceof Verification.Verified);
      assertFalse(
          sdk.verify(
                  Optional.of(Bytes.of(new byte[16])),
                  Bytes.of(new byte[64]),
                  Bytes.EMPTY,
                  List.of())
              instanceof Verification.Verified);
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void itsLogIsHeardUntilItIsClosed(Subject subject) throws IOException {
    var lines = new ConcurrentLinkedQueue<SdkLog.Line>();
    OpenEnclave sdk = OpenEnclave.open(subject.file(), lines::add);
    sdk.verify(Bytes.of(new byte[40]), Bytes.EMPTY, List.of());
    sdk.close();
    int heard = lines.size();
    for (SdkLog.Line line : lines) {
      assertTrue(line.text().length() <= 2048 && !line.text().contains("\n"), line::toString);
    }
    try (OpenEnclave again = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
      again.verify(Bytes.of(new byte[40]), Bytes.EMPTY, List.of());
    }
    assertEquals(heard, lines.size());
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void evidenceOfARootThatIsNotIntelsIsProvenBySomeoneElsesRulesOnly(Subject subject)
      throws IOException {
    try (OpenEnclave sdk = OpenEnclave.open(subject.file(), SdkLog.NONE)) {
      DifferentialCheck.Comparison comparison =
          new DifferentialCheck(sdk)
              .verify(
                  PaperEvidence.evidence(BINDING, _ -> {}),
                  PaperEvidence.endorsements(),
                  PaperEvidence.expectation(),
                  PaperDcap.NOW);
      // Ours counts, whatever the library says: the contract library agrees, the real one knows
      // Intel's root alone.
      assertInstanceOf(Outcome.Proven.class, comparison.outcome(), comparison::toString);
    }
  }
}
