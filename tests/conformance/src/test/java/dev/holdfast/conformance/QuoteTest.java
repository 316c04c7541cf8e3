package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.IssueChallengeRequest;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Quotes that prove nothing, or something else (A01 to A11, A13, A16 to A18, C11). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class QuoteTest {
  private static final int ATTEST_CERTIFY = 0x8017;

  private Site site;
  private Distrust distrust;
  private PaperSession session;
  private PaperNode node;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory, SiteOptions.USUAL.ruling(QuoteTest::withFirmware));
    distrust = new Distrust(site);
    session = site.session(Site.SWITCH);
    node = site.node(Site.SWITCH);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  /** The usual rules, and of switches one version of the TPM's firmware. */
  private static ZoneRules withFirmware(ZoneRules zone) {
    Map<String, Set<Bytes>> firmware =
        Map.of(Tpm2QuoteVerifier.FIRMWARE, Set.of(Bytes.fromHex("0000000000000007")));
    return Zones.under(
        new PolicyRevision(
            zone.policy(), Zones.saying(zone.references(), Role.SWITCH, firmware), true),
        zone);
  }

  private void refused(Manner bad, String reason) {
    distrust.follows(Site.SWITCH, bad, Code.PERMISSION_DENIED, reason);
  }

  @Test
  void a01_aQuoteWithoutTheTpmMagicIsRefused() {
    refused(Manner.quote(quote -> quote.withMagic(0xff544348L)), "TPM_MAGIC_INVALID");
  }

  @Test
  void a02_aStructureThatIsNotAQuoteIsRefused() {
    refused(Manner.quote(quote -> quote.withType(ATTEST_CERTIFY)), "TPM_ATTEST_TYPE");
  }

  @Test
  void a03_aQuoteOverFewerRegistersIsRefused() {
    refused(
        Manner.quoting(PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6)), "TPM_PCR_SELECTION");
    refused(Manner.quoting(), "TPM_PCR_SELECTION");
  }

  @Test
  void a04_aRegisterValueOutsideTheQuoteIsRefused() {
    PcrValue free =
        PcrValue.newBuilder()
            .setBank(HashAlgorithm.HASH_ALGORITHM_SHA256)
            .setIndex(8)
            .setDigest(ByteString.copyFrom(new byte[32]))
            .build();
    refused(Manner.statement(statement -> statement.addPcrValues(free)), "TPM_PCR_NOT_SIGNED");
  }

  @Test
  void a05_registerValuesThatDoNotHashToTheSignedDigestAreRefused() {
    refused(
        Manner.statement(
            statement ->
                statement.setPcrValues(
                    7,
                    statement.getPcrValues(7).toBuilder()
                        .setDigest(flipped(statement.getPcrValues(7).getDigest(), 0)))),
        "TPM_PCR_DIGEST");
  }

  @Test
  void a06_aQuoteOverTheSha1BankIsRefused() {
    refused(
        Manner.quoting(PcrSelection.of(PcrBank.SHA1, 0, 1, 2, 3, 4, 5, 6, 7)), "TPM_PCR_BANK_WEAK");
  }

  @Test
  void a07_aSignatureThatIsFlippedMissingOrAnotherKeysIsRefused() {
    refused(
        Manner.statement(
            statement ->
                statement.setSignature(
                    flipped(statement.getSignature(), statement.getSignature().size() - 1))),
        "TPM_SIGNATURE");
    refused(
        Manner.statement(statement -> statement.setSignature(ByteString.EMPTY)), "TPM_SIGNATURE");
    refused(Manner.signedBy(node.anotherTpm(), statement -> statement), "TPM_SIGNATURE");
  }

  @Test
  void c11_aSignatureOfZeroIsRefused() {
    refused(
        Manner.statement(
            statement -> {
              byte[] signature = statement.getSignature().toByteArray();
              // TPMT_SIGNATURE of a P-256 key: two identifiers, and two numbers behind their
              // lengths.
              java.util.Arrays.fill(signature, 6, 38, (byte) 0);
              java.util.Arrays.fill(signature, 40, 72, (byte) 0);
              return statement.setSignature(ByteString.copyFrom(signature));
            }),
        "TPM_SIGNATURE");
  }

  @Test
  void a08_aQuoteThatAnswersNoNonceIsRefused() {
    refused(Manner.quote(quote -> quote.withExtraData(Bytes.EMPTY)), "NONCE_MISSING");
    refused(Manner.bundle(bundle -> bundle.clearNonce()), "NONCE_MISSING");
  }

  @Test
  void a09_aWholeQuoteReplayedIsRefused() {
    site.attest(Site.FIRST_PATHWAY);
    refused(Manner.replaying(session.lastEvidence()), "NONCE_UNKNOWN");
  }

  @Test
  void a10_ofTwoUsesOfOneNonceAtOnceExactlyOneIsGood() throws Exception {
    Challenge challenge = challenge(site.operator(), Site.SWITCH);
    ByteString evidence = node.evidence(challenge, Manner.HONEST);
    CyclicBarrier together = new CyclicBarrier(2);
    Callable<Appraisal> use =
        () -> {
          together.await();
          return appraise(site.operator(), Site.SWITCH, evidence);
        };
    List<Appraisal> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
      for (Future<Appraisal> answer : callers.invokeAll(List.of(use, use))) {
        answers.add(answer.get());
      }
    }
    List<Appraisal> good =
        answers.stream().filter(a -> a.getVerdict() == Verdict.VERDICT_AFFIRMING).toList();
    assertEquals(1, good.size(), () -> "of two uses " + good.size() + " were good");
    answers.removeAll(good);
    Distrust.contraindicated(answers.getFirst(), "NONCE_REUSED");
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.SWITCH));
    site.requireHealthy();
  }

  @Test
  void a11_aNonceThatWasIssuedToAnotherNodeIsRefused() {
    Challenge challenge = challenge(site.operator(), Site.STORAGE);
    session.behave(Manner.HONEST);
    session.answer(node.evidence(challenge, Manner.HONEST));
    Distrust.contraindicated(session.appraisal(), "NONCE_SUBJECT_MISMATCH");
    assertEquals(Node.State.STATE_UNTRUSTED, site.state(Site.SWITCH));
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.STORAGE));
    site.requireHealthy();
    Challenge another = challenge(site.operator(), Site.STORAGE);
    Distrust.contraindicated(
        appraise(session.client(), Site.SWITCH, node.evidence(another, Manner.HONEST)),
        "NONCE_SUBJECT_MISMATCH");
    site.requireHealthy();
  }

  @Test
  void a13_aQuoteOfAnotherTpmThanTheEnrolledOneIsRefused() {
    PaperTpm other = node.anotherTpm();
    distrust.follows(
        Site.SWITCH,
        Manner.signedBy(
            other, statement -> statement.setAkPublic(PaperNode.wire(other.akPublic()))),
        Code.UNAUTHENTICATED,
        "AK_MISMATCH");
  }

  @Test
  void a16_evidenceRelayedFromAHealthyMachineIsRefused() {
    // The software there binds its own channel; what came over this one is not that.
    ByteString there = site.node(Site.STORAGE).channelKey();
    refused(Manner.elsewhere(there, bundle -> bundle), "CHANNEL_BINDING");
    // Nor does it help to say that it was this channel: the quote binds the other one.
    refused(
        Manner.elsewhere(there, bundle -> bundle.setSessionPublicKey(node.channelKey())),
        "METRICS_UNSIGNED");
    refused(Manner.bundle(bundle -> bundle.clearSessionPublicKey()), "CHANNEL_BINDING");
    // Answered by hand, over a call of the sick machine's own.
    Challenge challenge = challenge(session.client(), Site.SWITCH);
    Appraisal appraisal =
        appraise(
            session.client(),
            Site.SWITCH,
            node.evidence(challenge, Manner.elsewhere(there, bundle -> bundle)));
    Distrust.contraindicated(appraisal, "CHANNEL_BINDING");
    assertEquals(Node.State.STATE_UNTRUSTED, site.state(Site.SWITCH));
    site.requireHealthy();
  }

  @Test
  void a18_anotherFirmwareOfTheTpmThanThePolicyAllowsIsRefused() {
    for (long firmware : new long[] {6, 8, 0x0700000000000000L}) {
      BootCounters counters = new BootCounters(3, 1, 100_000, true, firmware);
      refused(Manner.quote(quote -> quote.withCounters(counters)), "TPM_FIRMWARE");
    }
  }

  @Test
  void a17_countersThatWentBackwardsAskForAFreshAttestation() {
    for (BootCounters other :
        List.of(
            new BootCounters(2, 1, 100_000, true, 7),
            new BootCounters(3, 0, 100_000, true, 7),
            new BootCounters(3, 1, 99_999, true, 7),
            new BootCounters(4, 0, 5, true, 7))) {
      before(Manner.HONEST);
      session.behave(Manner.quote(quote -> quote.withCounters(other)));
      Refused.by(() -> site.attest(Site.FIRST_PATHWAY))
          .with(Code.FAILED_PRECONDITION, "REATTEST_REBOOT");
      Distrust.contraindicated(session.appraisal(), "REATTEST_REBOOT");
      assertEquals(Node.State.STATE_UNTRUSTED, site.state(Site.SWITCH));
      // A fresh quote in the new boot passes as any first one does.
      site.attest(Site.FIRST_PATHWAY);
      assertEquals(Node.State.STATE_TRUSTED, site.state(Site.SWITCH));
    }
    before(Manner.HONEST);
    site.requireHealthy();
  }

  /** Makes the counters of a manner those of the last accepted quote, whatever came before. */
  private void before(Manner manner) {
    session.behave(manner);
    try {
      site.attest(Site.FIRST_PATHWAY);
    } catch (StatusRuntimeException rebooted) {
      Refused.of(rebooted).with(Code.FAILED_PRECONDITION, "REATTEST_REBOOT");
      site.attest(Site.FIRST_PATHWAY);
    }
  }

  private static Challenge challenge(Client caller, String node) {
    return caller
        .attestation()
        .issueChallenge(IssueChallengeRequest.newBuilder().setNode(node).build());
  }

  private static Appraisal appraise(Client caller, String node, ByteString evidence) {
    return caller
        .attestation()
        .appraiseEvidence(
            AppraiseEvidenceRequest.newBuilder().setNode(node).setEvidenceBundle(evidence).build());
  }

  private static ByteString flipped(ByteString bytes, int at) {
    byte[] changed = bytes.toByteArray();
    changed[at] ^= 1;
    return ByteString.copyFrom(changed);
  }
}
