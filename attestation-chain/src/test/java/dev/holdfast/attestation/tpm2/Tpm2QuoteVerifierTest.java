package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verification;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Tpm2QuoteVerifierTest {
  private static final PcrSelection REGISTERS = PcrSelection.of(PcrBank.SHA256, 0, 4, 7);
  private static final Nonce NONCE = new Nonce(Sha256.of("a challenge"));
  private static final Bytes METRICS = Bytes.utf8("metrics");
  private static final Bytes CHANNEL = Bytes.utf8("the channel's key");
  private static final Challenge CHALLENGE = new Challenge(NONCE, CHANNEL);
  private static final Bytes BINDING = Binding.of(NONCE, METRICS, CHANNEL).digest();
  private static final Map<PaperTpm.Kind, PaperTpm> TPMS = new EnumMap<>(PaperTpm.Kind.class);

  @BeforeAll
  static void makeKeys() {
    for (PaperTpm.Kind kind : PaperTpm.Kind.values()) {
      PaperTpm tpm = new PaperTpm(kind);
      tpm.extend(4, Map.of(PcrBank.SHA256, Sha256.of("a boot loader")));
      TPMS.put(kind, tpm);
    }
  }

  private static PaperTpm tpm(PaperTpm.Kind kind) {
    PaperTpm tpm = TPMS.get(kind);
    if (tpm == null) {
      throw new AssertionError(kind);
    }
    return tpm;
  }

  private static PaperTpm tpm() {
    return tpm(PaperTpm.Kind.ECDSA_P256);
  }

  private static Tpm2Expectation expectation(PaperTpm tpm) {
    return Tpm2Expectation.of(tpm.key(), List.of(REGISTERS));
  }

  private static EvidenceBundle bundle(Evidence.Tpm2Quote quote) {
    return new EvidenceBundle(
        NONCE.value(), List.of(quote), METRICS, CHANNEL, Sha256.of("the bundle"));
  }

  private static PaperTpm.Quote good() {
    return tpm().quote(BINDING, REGISTERS);
  }

  private static Set<Reason> reasons(EvidenceBundle bundle, Tpm2Expectation expectation) {
    Verification outcome = Tpm2QuoteVerifier.verify(bundle, CHALLENGE, expectation);
    return switch (outcome) {
      case Verification.Verified _ -> Set.of();
      case Verification.Rejected rejected ->
          rejected.findings().stream()
              .map(Finding::reason)
              .collect(Collectors.toCollection(TreeSet::new));
    };
  }

  private static Set<Reason> reasons(Evidence.Tpm2Quote quote) {
    return reasons(bundle(quote), expectation(tpm()));
  }

  private static Set<Reason> reasons(PaperTpm.Quote quote) {
    return reasons(tpm().evidence(quote));
  }

  @ParameterizedTest
  @EnumSource
  void aGoodQuoteProvesItsRegistersBootAndMetrics(PaperTpm.Kind kind) {
    PaperTpm tpm = tpm(kind);
    EvidenceBundle bundle = bundle(tpm.evidence(tpm.quote(BINDING, REGISTERS)));
    Verification.Verified verified =
        assertInstanceOf(
            Verification.Verified.class,
            Tpm2QuoteVerifier.verify(bundle, CHALLENGE, expectation(tpm)));
    assertEquals(
        List.of(
            "pcr/sha256/0",
            "pcr/sha256/4",
            "pcr/sha256/7",
            "bound/data",
            "tpm/boot",
            "tpm/firmware-version",
            "bound/metrics",
            "evidence/format"),
        verified.claims().stream().map(Claim::name).toList());
    assertEquals(METRICS, verified.runtimeMetrics().orElseThrow());
    assertEquals(new BootCounters(3, 1, 100_000, true, 7), verified.boot().orElseThrow());
    assertEquals(NONCE, verified.answered());
  }

  @ParameterizedTest
  @EnumSource
  void aQuoteWithOneFlippedBitIsRefused(PaperTpm.Kind kind) {
    PaperTpm tpm = tpm(kind);
    Evidence.Tpm2Quote quote = tpm.evidence(tpm.quote(BINDING, REGISTERS));
    Tpm2Expectation expectation = expectation(tpm);
    for (int bit = 0; bit < quote.attest().length() * 8; bit++) {
      Evidence.Tpm2Quote altered = with(quote, flipped(quote.attest(), bit), quote.signature());
      assertFalse(reasons(bundle(altered), expectation).isEmpty(), "bit " + bit + " of attest");
    }
    for (int bit = 0; bit < quote.signature().length() * 8; bit++) {
      Evidence.Tpm2Quote altered = with(quote, quote.attest(), flipped(quote.signature(), bit));
      assertFalse(reasons(bundle(altered), expectation).isEmpty(), "bit " + bit + " of signature");
    }
  }

  @Test
  void aQuoteCutOrExtendedAnywhereIsRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    for (int length = 0; length < quote.attest().length(); length++) {
      assertEquals(
          Set.of(Reason.EVIDENCE_MALFORMED),
          reasons(with(quote, quote.attest().slice(0, length), quote.signature())));
    }
    for (int length = 1; length < quote.signature().length(); length++) {
      Bytes cut = quote.signature().slice(0, length);
      assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(with(quote, quote.attest(), cut)));
    }
    Bytes more = Bytes.of((byte) 0);
    assertEquals(
        Set.of(Reason.EVIDENCE_MALFORMED),
        reasons(with(quote, Bytes.concat(quote.attest(), more), quote.signature())));
    assertEquals(
        Set.of(Reason.EVIDENCE_MALFORMED),
        reasons(with(quote, quote.attest(), Bytes.concat(quote.signature(), more))));
  }

  @Test
  void randomChangesNeverThrowAndNeverPass() {
    long seed = 20_260_101L;
    Random random = new Random(seed);
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    Tpm2Expectation expectation = expectation(tpm());
    for (int round = 0; round < 5_000; round++) {
      byte[] attest = quote.attest().toByteArray();
      byte[] signature = quote.signature().toByteArray();
      byte[] target = random.nextBoolean() ? attest : signature;
      for (int i = 0; i <= random.nextInt(4); i++) {
        target[random.nextInt(target.length)] ^= (byte) (1 + random.nextInt(255));
      }
      Evidence.Tpm2Quote altered = with(quote, Bytes.of(attest), Bytes.of(signature));
      boolean same =
          altered.attest().equals(quote.attest()) && altered.signature().equals(quote.signature());
      String where = "seed " + seed + ", round " + round;
      assertEquals(same, reasons(bundle(altered), expectation).isEmpty(), where);
    }
  }

  @Test
  void aStructureThatNoTpmMadeIsRefused() {
    assertEquals(Set.of(Reason.TPM_MAGIC_INVALID), reasons(good().withMagic(0xff544348L)));
  }

  @Test
  void aStructureOfAnotherTypeIsRefused() {
    assertEquals(Set.of(Reason.TPM_ATTEST_TYPE), reasons(good().withType(0x8017)));
  }

  @Test
  void allMismatchesOfAStageAreListed() {
    PaperTpm.Quote quote =
        tpm()
            .quote(BINDING, PcrSelection.of(PcrBank.SHA1, 0))
            .withMagic(1)
            .withExtraData(NONCE.value());
    assertEquals(
        Set.of(
            Reason.TPM_MAGIC_INVALID,
            Reason.METRICS_UNSIGNED,
            Reason.TPM_PCR_BANK_WEAK,
            Reason.TPM_PCR_SELECTION),
        reasons(quote));
  }

  @Test
  void aSmallerOrEmptySelectionIsRefused() {
    PcrSelection smaller = PcrSelection.of(PcrBank.SHA256, 0, 4);
    assertEquals(Set.of(Reason.TPM_PCR_SELECTION), reasons(tpm().quote(BINDING, smaller)));
    assertEquals(Set.of(Reason.TPM_PCR_SELECTION), reasons(tpm().quote(BINDING)));
  }

  @Test
  void aWeakBankBesideAStrongOneIsRefused() {
    PaperTpm.Quote quote = tpm().quote(BINDING, PcrSelection.of(PcrBank.SHA1, 0), REGISTERS);
    assertEquals(Set.of(Reason.TPM_PCR_BANK_WEAK), reasons(quote));
  }

  @Test
  void twoStrongBanksAreAccepted() {
    PaperTpm.Quote quote = tpm().quote(BINDING, REGISTERS, PcrSelection.of(PcrBank.SHA384, 0, 7));
    assertEquals(Set.of(), reasons(quote));
  }

  @Test
  void aValueOutsideTheSignedSelectionIsRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    List<Evidence.ReportedPcr> values = new ArrayList<>(quote.pcrValues());
    values.add(new Evidence.ReportedPcr(PcrBank.SHA256.algorithm(), 8, Sha256.of("anything")));
    assertEquals(Set.of(Reason.TPM_PCR_NOT_SIGNED), reasons(withValues(quote, values)));
  }

  @Test
  void valuesThatDoNotHashToTheDigestAreRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    List<Evidence.ReportedPcr> values = new ArrayList<>(quote.pcrValues());
    values.set(0, new Evidence.ReportedPcr(PcrBank.SHA256.algorithm(), 0, Sha256.of("other")));
    assertEquals(Set.of(Reason.TPM_PCR_DIGEST), reasons(withValues(quote, values)));
    assertEquals(
        Set.of(Reason.TPM_PCR_DIGEST), reasons(withValues(quote, quote.pcrValues().subList(1, 3))));
    assertEquals(Set.of(Reason.TPM_PCR_DIGEST), reasons(good().withDigest(Bytes.EMPTY)));
  }

  @Test
  void valuesThatAreNoRegistersAreRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    int sha256 = PcrBank.SHA256.algorithm();
    Bytes value = Sha256.of("value");
    for (Evidence.ReportedPcr bad :
        List.of(
            new Evidence.ReportedPcr(sha256, 24, value),
            new Evidence.ReportedPcr(sha256, -1, value),
            new Evidence.ReportedPcr(0, 1, value),
            new Evidence.ReportedPcr(sha256, 1, value.slice(0, 31)),
            quote.pcrValues().getFirst())) {
      List<Evidence.ReportedPcr> values = new ArrayList<>(quote.pcrValues());
      values.add(bad);
      assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(withValues(quote, values)));
    }
  }

  @Test
  void anotherTpmsSignatureIsRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    for (PaperTpm other :
        List.of(
            new PaperTpm(PaperTpm.Kind.ECDSA_P256),
            tpm(PaperTpm.Kind.ECDSA_P384),
            tpm(PaperTpm.Kind.RSASSA_2048),
            tpm(PaperTpm.Kind.RSAPSS_2048))) {
      // A scheme with another hash no longer fits the signed digest either, and is refused for
      // that.
      Reason expected =
          switch (other.kind()) {
            case ECDSA_P384 -> Reason.TPM_PCR_DIGEST;
            case ECDSA_P256 -> Reason.TPM_SIGNATURE;
            case RSASSA_2048, RSAPSS_2048 -> Reason.ALG_MISMATCH;
          };
      assertEquals(
          Set.of(expected), reasons(with(quote, quote.attest(), other.sign(quote.attest()))));
    }
  }

  @Test
  void firmwareThatIsNotAllowedIsRefused() {
    Tpm2Expectation any = expectation(tpm());
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    assertEquals(Set.of(), reasons(bundle(quote), any.withFirmwareVersions(Set.of(6L, 7L))));
    assertEquals(
        Set.of(Reason.TPM_FIRMWARE),
        reasons(bundle(quote), any.withFirmwareVersions(Set.of(6L, 8L))));
  }

  @Test
  void aMissingSignatureIsRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    assertEquals(Set.of(Reason.TPM_SIGNATURE), reasons(with(quote, quote.attest(), Bytes.EMPTY)));
    Bytes none = Bytes.fromHex("0010");
    assertEquals(Set.of(Reason.TPM_SIGNATURE), reasons(with(quote, quote.attest(), none)));
  }

  @Test
  void zerosAndNumbersBeyondTheOrderAreNoSignatures() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    Bytes zero = Bytes.of(new byte[32]);
    Bytes one = Bytes.of((byte) 1);
    Bytes beyond = Bytes.fromHex("ff".repeat(32));
    Bytes longer = Bytes.fromHex("01" + "00".repeat(40));
    for (Bytes r : List.of(zero, one, beyond, longer, Bytes.EMPTY)) {
      for (Bytes s : List.of(zero, one, beyond, longer, Bytes.EMPTY)) {
        Bytes signature = new PaperTpm.Writer().u16(0x18).u16(0x0b).sized(r).sized(s).bytes();
        assertEquals(Set.of(Reason.TPM_SIGNATURE), reasons(with(quote, quote.attest(), signature)));
      }
    }
  }

  @Test
  void aSignatureOverSha1IsTooWeak() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    Bytes weak = PaperTpm.encodeSignature(0x18, PcrBank.SHA1, Bytes.fromHex("01".repeat(64)));
    assertTrue(reasons(with(quote, quote.attest(), weak)).contains(Reason.ALG_WEAK));
  }

  @Test
  void aQuoteWithoutQualifyingDataIsRefused() {
    assertEquals(Set.of(Reason.NONCE_MISSING), reasons(good().withExtraData(Bytes.EMPTY)));
  }

  @Test
  void anAnswerToAnotherChallengeIsRefused() {
    Nonce old = new Nonce(Sha256.of("an old challenge"));
    Bytes binding = Binding.of(old, METRICS, CHANNEL).digest();
    EvidenceBundle replayed =
        new EvidenceBundle(
            old.value(),
            List.of(tpm().evidence(tpm().quote(binding, REGISTERS))),
            METRICS,
            CHANNEL,
            Sha256.of("old"));
    assertEquals(Set.of(Reason.NONCE_UNKNOWN), reasons(replayed, expectation(tpm())));
    EvidenceBundle unnamed =
        new EvidenceBundle(Bytes.EMPTY, replayed.evidence(), METRICS, CHANNEL, Sha256.of("old"));
    assertEquals(Set.of(Reason.NONCE_MISSING), reasons(unnamed, expectation(tpm())));
  }

  @Test
  void anOldQuoteUnderANewNonceIsRefused() {
    Nonce old = new Nonce(Sha256.of("an old challenge"));
    Bytes binding = Binding.of(old, METRICS, CHANNEL).digest();
    assertEquals(Set.of(Reason.METRICS_UNSIGNED), reasons(tpm().quote(binding, REGISTERS)));
  }

  @Test
  void aQuoteRelayedOverAnotherChannelIsRefused() {
    EvidenceBundle relayed =
        new EvidenceBundle(
            NONCE.value(),
            List.of(tpm().evidence(good())),
            METRICS,
            Bytes.utf8("another channel's key"),
            Sha256.of("relayed"));
    assertEquals(Set.of(Reason.CHANNEL_BINDING), reasons(relayed, expectation(tpm())));
    Bytes elsewhere = Binding.of(NONCE, METRICS, Bytes.utf8("another channel's key")).digest();
    assertEquals(Set.of(Reason.METRICS_UNSIGNED), reasons(good().withExtraData(elsewhere)));
  }

  @Test
  void swappedMetricsAreRefused() {
    EvidenceBundle swapped =
        new EvidenceBundle(
            NONCE.value(),
            List.of(tpm().evidence(good())),
            Bytes.utf8("better metrics"),
            CHANNEL,
            Sha256.of("swapped"));
    assertEquals(Set.of(Reason.METRICS_UNSIGNED), reasons(swapped, expectation(tpm())));
  }

  @Test
  void aQuoteThatNamesAnotherKeyIsRefused() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    Evidence.Tpm2Quote named =
        new Evidence.Tpm2Quote(
            "",
            quote.attest(),
            quote.signature(),
            quote.pcrValues(),
            Bytes.EMPTY,
            tpm(PaperTpm.Kind.RSASSA_2048).akPublic());
    assertEquals(Set.of(Reason.AK_MISMATCH), reasons(named));
  }

  @Test
  void aRebootEndsWhatWasAccepted() {
    EvidenceBundle bundle = bundle(tpm().evidence(good()));
    Tpm2Expectation expectation = expectation(tpm());
    BootCounters now = new BootCounters(3, 1, 100_000, true, 7);
    assertEquals(Set.of(), reasons(bundle, expectation.after(now)));
    assertEquals(
        Set.of(), reasons(bundle, expectation.after(new BootCounters(3, 1, 99_999, true, 7))));
    for (BootCounters before :
        List.of(
            new BootCounters(2, 1, 99_999, true, 7),
            new BootCounters(4, 1, 99_999, true, 7),
            new BootCounters(3, 0, 99_999, true, 7),
            new BootCounters(3, 1, 100_001, true, 7))) {
      assertEquals(Set.of(Reason.REATTEST_REBOOT), reasons(bundle, expectation.after(before)));
    }
  }

  @Test
  void whatIsTooLargeIsRefusedUnread() {
    Evidence.Tpm2Quote quote = tpm().evidence(good());
    Bytes large = Bytes.of(new byte[2049]);
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(with(quote, large, quote.signature())));
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(with(quote, quote.attest(), large)));
    EvidenceBundle metrics =
        new EvidenceBundle(
            NONCE.value(), List.of(quote), Bytes.of(new byte[4097]), CHANNEL, Sha256.of("large"));
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(metrics, expectation(tpm())));
    EvidenceBundle none =
        new EvidenceBundle(NONCE.value(), List.of(), METRICS, CHANNEL, Sha256.of("none"));
    assertEquals(Set.of(Reason.EVIDENCE_MISSING), reasons(none, expectation(tpm())));
    EvidenceBundle twice =
        new EvidenceBundle(
            NONCE.value(), List.of(quote, quote), METRICS, CHANNEL, Sha256.of("twice"));
    assertEquals(Set.of(Reason.EVIDENCE_MALFORMED), reasons(twice, expectation(tpm())));
  }

  @Test
  void aRequiredEventLogMustBeThere() {
    Tpm2Expectation required =
        expectation(tpm()).withEventLog(dev.holdfast.attestation.eventlog.EventLogRules.STRICT);
    assertEquals(
        Set.of(Reason.EVIDENCE_MISSING), reasons(bundle(tpm().evidence(good())), required));
  }

  static Bytes flipped(Bytes bytes, int bit) {
    byte[] altered = bytes.toByteArray();
    altered[bit / 8] ^= (byte) (1 << (bit % 8));
    return Bytes.of(altered);
  }

  private static Evidence.Tpm2Quote with(Evidence.Tpm2Quote quote, Bytes attest, Bytes signature) {
    return new Evidence.Tpm2Quote(
        "", attest, signature, quote.pcrValues(), quote.eventLog(), quote.akPublic());
  }

  private static Evidence.Tpm2Quote withValues(
      Evidence.Tpm2Quote quote, List<Evidence.ReportedPcr> values) {
    return new Evidence.Tpm2Quote(
        "", quote.attest(), quote.signature(), values, quote.eventLog(), quote.akPublic());
  }
}
