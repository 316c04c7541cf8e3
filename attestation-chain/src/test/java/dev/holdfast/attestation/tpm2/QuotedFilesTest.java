package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.ima.PaperIma;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The files of a node, by the list that its kernel keeps and the quote that proves it. */
final class QuotedFilesTest {
  private static final long SEED = 20261130;
  private static final Bytes NONCE = Sha256.of("a nonce");
  private static final Bytes SHELL = Bytes.utf8("a shell");
  private static final PcrSelection BOOT = PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7);
  private static final PcrSelection ALL = upTo(PcrBank.SHA256, 10);
  private static final Map<String, Set<Bytes>> ALLOWED = Map.of("/bin/sh", Set.of(digest(SHELL)));

  private final PaperTpm tpm = booted();
  private final PaperIma kernel = new PaperIma();

  private static PaperTpm booted() {
    PaperTpm tpm = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
    for (int index = 0; index < 10; index++) {
      for (PcrBank bank : PcrBank.values()) {
        tpm.extend(index, Map.of(bank, bank.hash(Bytes.utf8("stage " + index))));
      }
    }
    return tpm;
  }

  private static Bytes digest(Bytes content) {
    return PcrBank.SHA256.hash(content);
  }

  private static PcrSelection upTo(PcrBank bank, int last) {
    return new PcrSelection(bank, IntStream.rangeClosed(0, last).boxed().toList());
  }

  private List<Bytes> registers(PcrBank bank, int count) {
    return IntStream.range(0, count).mapToObj(index -> tpm.register(bank, index)).toList();
  }

  /** The list as it is now, proven by what the TPM holds now. */
  private Evidence.Tpm2Quote quoted(Bytes list, PcrSelection... selections) {
    Evidence.Tpm2Quote quote = tpm.evidence(tpm.quote(NONCE, selections));
    return new Evidence.Tpm2Quote(
        "",
        quote.attest(),
        quote.signature(),
        quote.pcrValues(),
        quote.eventLog(),
        quote.akPublic(),
        list);
  }

  private void extended() {
    kernel.extensions().forEach(extension -> tpm.extend(10, extension));
  }

  private Outcome outcome(Evidence.Tpm2Quote quote, boolean required, ImaExpectation files) {
    return Tpm2QuoteVerifier.verifyQuote(
        quote,
        NONCE,
        Tpm2Expectation.of(tpm.key(), List.of(BOOT)).withIma(new ImaRules(required, files)));
  }

  private List<Finding> findings(Evidence.Tpm2Quote quote, ImaExpectation files) {
    return switch (outcome(quote, true, files)) {
      case Outcome.Proven _ -> List.of();
      case Outcome.Refused refused -> refused.findings();
    };
  }

  private Set<Reason> reasons(Evidence.Tpm2Quote quote) {
    return findings(quote, ImaExpectation.STRICT.withAllowed(ALLOWED)).stream()
        .map(Finding::reason)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @EnumSource(
      value = PcrBank.class,
      names = {"SHA256", "SHA384", "SHA512"})
  void aQuoteProvesTheFilesThatItsRegisterAccountsFor(PcrBank bank) {
    kernel.boot(bank, registers(bank, 10)).file("/bin/sh", SHELL);
    extended();
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            outcome(
                quoted(kernel.binary(), ALL, upTo(PcrBank.SHA384, 10), upTo(PcrBank.SHA512, 10)),
                true,
                ImaExpectation.STRICT.withAllowed(ALLOWED)));
    assertTrue(proven.claims().contains(new Claim.Version("ima/entries", 2)));
  }

  @Test
  void entriesMeasuredAfterTheQuoteAreNotJudged() {
    kernel.boot(PcrBank.SHA256, registers(PcrBank.SHA256, 10)).file("/bin/sh", SHELL);
    extended();
    kernel.file("/tmp/miner", Bytes.utf8("mine"));
    assertEquals(Set.of(), reasons(quoted(kernel.binary(), ALL)));
  }

  @Test
  void everyFileThatNothingAllowsIsNamedWithWhatWouldHelp() {
    kernel.boot(PcrBank.SHA256, registers(PcrBank.SHA256, 10)).file("/bin/sh", SHELL);
    kernel.file("/tmp/one", Bytes.utf8("1")).file("/bin/sh", Bytes.utf8("another"));
    extended();
    List<Finding> findings =
        findings(quoted(kernel.binary(), ALL), ImaExpectation.STRICT.withAllowed(ALLOWED));
    assertEquals(List.of("ima/2", "ima/3"), findings.stream().map(Finding::claim).toList());
    Finding shell = findings.getLast();
    assertEquals(Reason.IMA_FILE, shell.reason());
    assertTrue(shell.message().contains("/bin/sh"), shell.message());
    assertEquals(List.of(digest(SHELL).hex()), shell.expected());
    assertEquals("sha256:" + digest(Bytes.utf8("another")).hex(), shell.found());
    assertTrue(shell.remedy().contains(digest(Bytes.utf8("another")).hex()), shell.remedy());
  }

  @Test
  void aListThatIsAbsentIsRefusedOnlyWhereItIsRequired() {
    Evidence.Tpm2Quote quote = quoted(Bytes.EMPTY, ALL);
    assertEquals(Set.of(Reason.EVIDENCE_MISSING), reasons(quote));
    assertInstanceOf(Outcome.Proven.class, outcome(quote, false, ImaExpectation.STRICT));
  }

  @Test
  void aListThatWasNotAskedForIsNotLookedAt() {
    assertInstanceOf(
        Outcome.Proven.class,
        Tpm2QuoteVerifier.verifyQuote(
            quoted(Bytes.utf8("no list"), ALL),
            NONCE,
            Tpm2Expectation.of(tpm.key(), List.of(BOOT))));
  }

  @Test
  void aListWithoutItsRegisterInTheQuoteIsRefused() {
    kernel.boot(PcrBank.SHA256, registers(PcrBank.SHA256, 10));
    extended();
    assertEquals(Set.of(Reason.EVIDENCE_MISSING), reasons(quoted(kernel.binary(), BOOT)));
  }

  @Test
  void theListBeginsWithTheBootThatWasQuoted() {
    kernel.file("/bin/sh", SHELL);
    extended();
    assertEquals(Set.of(Reason.IMA_MISMATCH), reasons(quoted(kernel.binary(), ALL)));
  }

  @Test
  void aKernelThatMeasuredNothingProvesNoFiles() {
    kernel.file("/bin/sh", SHELL);
    assertEquals(Set.of(Reason.IMA_MISMATCH), reasons(quoted(kernel.binary(), ALL)));
  }

  @Test
  void theAggregateOfAKernelBefore5Dot8IsOverEightRegisters() {
    kernel.boot(PcrBank.SHA256, registers(PcrBank.SHA256, 8));
    extended();
    assertEquals(Set.of(), reasons(quoted(kernel.binary(), ALL)));
  }

  @Test
  void theAggregateOfAnotherBootIsRefusedEvenIfItIsExcluded() {
    List<Bytes> other = new ArrayList<>(registers(PcrBank.SHA256, 10));
    Collections.swap(other, 0, 9);
    kernel.boot(PcrBank.SHA256, other);
    extended();
    List<Finding> findings =
        findings(quoted(kernel.binary(), ALL), ImaExpectation.STRICT.withExcludes(List.of(".*")));
    assertEquals(List.of("ima/0"), findings.stream().map(Finding::claim).toList());
    assertEquals(Reason.IMA_MISMATCH, findings.getFirst().reason());
    assertEquals(2, findings.getFirst().expected().size());
  }

  @Test
  void aViolationIsNoAggregate() {
    kernel.violation("boot_aggregate");
    extended();
    List<Finding> findings =
        findings(
            quoted(kernel.binary(), ALL),
            ImaExpectation.STRICT.withExcludes(List.of(".*")).withViolationsAllowed());
    assertEquals(List.of(Reason.IMA_MISMATCH), findings.stream().map(Finding::reason).toList());
  }

  @Test
  void anAggregateInABankThatWasNotQuotedPassesOnlyByItsDigest() {
    Bytes digest = PcrBank.SHA384.hash(registers(PcrBank.SHA384, 10).toArray(Bytes[]::new));
    kernel.boot(PcrBank.SHA384, registers(PcrBank.SHA384, 10));
    extended();
    Evidence.Tpm2Quote quote = quoted(kernel.binary(), ALL);
    assertEquals(Set.of(Reason.IMA_MISMATCH), reasons(quote));
    ImaExpectation named =
        ImaExpectation.STRICT.withAllowed(Map.of("boot_aggregate", Set.of(digest)));
    assertEquals(List.of(), findings(quote, named));
  }

  @Test
  void aListOfMoreThanTwoMebibytesIsNotRead() {
    Bytes list = Bytes.of(new byte[Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES + 1]);
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(quoted(list, ALL)));
  }

  /** Whatever is done to what the register accounts for, nothing is believed. */
  @Test
  void noListButTheKernelsOwnIsBelieved() {
    Random random = new Random(SEED);
    kernel.boot(PcrBank.SHA256, registers(PcrBank.SHA256, 10));
    for (int i = 0; i < 20; i++) {
      kernel.file("/bin/" + i, Bytes.utf8("content " + random.nextInt()));
    }
    extended();
    int size = kernel.extensions().size();
    ImaExpectation any = ImaExpectation.STRICT.withExcludes(List.of("/bin/"));
    assertEquals(List.of(), findings(quoted(kernel.binary(), ALL), any));
    for (int round = 0; round < 200; round++) {
      List<Bytes> entries =
          new ArrayList<>(IntStream.range(0, size).mapToObj(kernel::entry).toList());
      int at = random.nextInt(size);
      int other = (at + 1 + random.nextInt(size - 1)) % size;
      switch (random.nextInt(5)) {
        case 0 -> entries.remove(at);
        case 1 -> Collections.swap(entries, at, other);
        case 2 -> entries.add(at, entries.get(other));
        case 3 -> entries.subList(at, size).clear();
        default -> {
          byte[] altered = entries.get(at).toByteArray();
          altered[random.nextInt(altered.length)] ^= (byte) (1 << random.nextInt(8));
          entries.set(at, Bytes.of(altered));
        }
      }
      Bytes list = Bytes.concat(entries.toArray(Bytes[]::new));
      int seen = round;
      assertTrue(
          !findings(quoted(list, ALL), any).isEmpty(), () -> "seed " + SEED + ", round " + seen);
    }
  }
}
