package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.IssueChallengeRequest;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.ListPathwaysRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.resource.v1.ResourceVector;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pathways whose chain does not hold (C01 to C07). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ChainTest {
  private static final int RACES = 20;

  private Site site;
  private Distrust distrust;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
    distrust = new Distrust(site);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  @Test
  void c01_aPathwayWithASilentHopIsRefused() {
    PaperSession session = site.session(Site.STORAGE);
    int told = site.told();
    int reservations = site.ledger().reservations().size();
    session.behave(Manner.SILENT);
    Refused refused =
        Refused.by(() -> site.attest(Site.FIRST_PATHWAY))
            .with(Code.FAILED_PRECONDITION, "CHAIN_INCOMPLETE");
    assertTrue(refused.message().contains(Site.STORAGE), refused.message());
    Refused.by(() -> site.reserve(site.wish())).with(Code.FAILED_PRECONDITION, "CHAIN_INCOMPLETE");
    assertEquals(told, site.told());
    assertEquals(reservations, site.ledger().reservations().size());
    session.behave(Manner.HONEST);
    site.requireHealthy();
  }

  @Test
  void c01_aPathwayWithoutAStorageControllerCannotBeMade() {
    int before = pathways();
    Refused.by(() -> site.pathway("short", Site.HYPERVISOR, Site.SWITCH, Site.FIRST_ENCLAVE))
        .with(Code.FAILED_PRECONDITION, "CHAIN_INCOMPLETE");
    assertEquals(before, pathways());
    site.requireHealthy();
  }

  @Test
  void c02_hopsOutOfOrderTwiceOrInACircleAreRefused() {
    int before = pathways();
    String[][] wrong = {
      {Site.SWITCH, Site.HYPERVISOR, Site.STORAGE, Site.FIRST_ENCLAVE},
      {Site.FIRST_ENCLAVE, Site.HYPERVISOR, Site.SWITCH, Site.STORAGE},
      {Site.HYPERVISOR, Site.SWITCH, Site.SWITCH, Site.STORAGE, Site.FIRST_ENCLAVE},
      {Site.HYPERVISOR, Site.SWITCH, Site.STORAGE, Site.FIRST_ENCLAVE, Site.HYPERVISOR},
      {Site.HYPERVISOR, Site.SWITCH, Site.STORAGE, Site.FIRST_ENCLAVE, Site.SECOND_ENCLAVE},
      {Site.HYPERVISOR, Site.SWITCH, Site.STORAGE},
      {Site.FIRST_ENCLAVE},
      {}
    };
    for (String[] hops : wrong) {
      Refused.by(() -> site.pathway("wrong", hops)).with(Code.PERMISSION_DENIED, "CHAIN_ORDER");
    }
    assertEquals(before, pathways());
    site.requireHealthy();
  }

  private int pathways() {
    return site.operator()
        .topology()
        .listPathways(ListPathwaysRequest.newBuilder().setParent(Site.ZONE).build())
        .getPathwaysCount();
  }

  @Test
  void c03_evidenceForAnotherPathwaysRoundCannotBeSplicedIn() throws Exception {
    PaperSession first = site.session(Site.FIRST_ENCLAVE);
    PaperSession second = site.session(Site.SECOND_ENCLAVE);
    // The second pathway's enclave keeps its challenge to itself and hands it to the first one's.
    second.behave(Manner.SILENT);
    CompletableFuture<Refused> otherRound =
        CompletableFuture.supplyAsync(() -> Refused.by(() -> site.attest(Site.SECOND_PATHWAY)));
    Challenge stolen = second.unanswered();
    first.behave(Manner.replaying(site.node(Site.FIRST_ENCLAVE).evidence(stolen, Manner.HONEST)));
    Refused.by(() -> site.attest(Site.FIRST_PATHWAY)).with(Code.PERMISSION_DENIED, "CHAIN_SPLICE");
    Distrust.contraindicated(first.appraisal(), "CHAIN_SPLICE");
    assertEquals(Node.State.STATE_UNTRUSTED, site.state(Site.FIRST_ENCLAVE));
    otherRound.get().with(Code.FAILED_PRECONDITION, "CHAIN_INCOMPLETE");
    first.behave(Manner.HONEST);
    second.behave(Manner.HONEST);
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(Site.SECOND_PATHWAY).getState());
    site.requireHealthy();
  }

  @Test
  void c04_evidenceOlderThanAllowedIsRefused() {
    Duration old = Site.EVIDENCE_AGE_MAX.plusSeconds(1);
    metrics(
        metrics -> metrics.setSampleTime(PaperNode.time(site.clock().instant().minus(old))),
        Code.FAILED_PRECONDITION,
        "EVIDENCE_STALE");
  }

  @Test
  void c05_evidenceFromTheFutureIsRefused() {
    metrics(
        metrics ->
            metrics.setSampleTime(
                PaperNode.time(site.clock().instant().plus(Duration.ofSeconds(31)))),
        Code.PERMISSION_DENIED,
        "CLOCK_SKEW");
  }

  @Test
  void c06_metricsThatTheQuoteDoesNotBindAreRefused() {
    distrust.follows(
        Site.HYPERVISOR,
        Manner.bundle(bundle -> bundle.setRuntimeMetrics(calmer(bundle.getRuntimeMetrics()))),
        Code.PERMISSION_DENIED,
        "METRICS_UNSIGNED");
  }

  private static ByteString calmer(ByteString metrics) {
    try {
      return RuntimeMetrics.parseFrom(metrics).toBuilder().setCpuPressure(0).build().toByteString();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void c06_metricsOutOfRangeAreRefused() {
    for (double pressure :
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.5, 1.5}) {
      outOfRange(metrics -> metrics.setCpuPressure(pressure));
    }
    outOfRange(metrics -> metrics.setNetworkDropsPerSecond(-1));
    outOfRange(metrics -> metrics.setUsage(ResourceVector.newBuilder().setMemoryBytes(-1)));
    outOfRange(
        metrics -> metrics.setUsage(ResourceVector.newBuilder().setMemoryBytes(Long.MAX_VALUE)));
    outOfRange(metrics -> metrics.setSequence(-1));
    outOfRange(metrics -> metrics.clearPeriod());
    outOfRange(metrics -> metrics.clearSampleTime());
    outOfRange(metrics -> metrics.clearBootId());
  }

  private void outOfRange(UnaryOperator<RuntimeMetrics.Builder> change) {
    metrics(change, Code.INVALID_ARGUMENT, "METRICS_RANGE");
  }

  @Test
  void c07_metricsThatWereSeenBeforeAreRefused() {
    metrics(metrics -> metrics.setSequence(1), Code.PERMISSION_DENIED, "METRICS_REPLAY");
  }

  @Test
  void c07_ofTwoAnswersWithTheSameMetricsAtOnceExactlyOneIsGood() throws Exception {
    PaperNode node = site.node(Site.HYPERVISOR);
    Client caller = site.session(Site.HYPERVISOR).client();
    for (int race = 0; race < RACES; race++) {
      AtomicLong sequence = new AtomicLong();
      ByteString first =
          node.evidence(
              challenge(caller),
              Manner.metrics(
                  metrics -> {
                    sequence.set(metrics.getSequence());
                    return metrics;
                  }));
      ByteString second =
          node.evidence(
              challenge(caller), Manner.metrics(metrics -> metrics.setSequence(sequence.get())));
      CyclicBarrier together = new CyclicBarrier(2);
      List<Appraisal> answers = new ArrayList<>();
      try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
        List<Callable<Appraisal>> uses =
            Stream.of(first, second)
                .<Callable<Appraisal>>map(
                    evidence ->
                        () -> {
                          together.await();
                          return appraise(caller, evidence);
                        })
                .toList();
        for (Future<Appraisal> answer : callers.invokeAll(uses)) {
          answers.add(answer.get());
        }
      }
      answers.removeIf(answer -> answer.getVerdict() == Verdict.VERDICT_AFFIRMING);
      assertEquals(1, answers.size());
      Distrust.contraindicated(answers.getFirst(), "METRICS_REPLAY");
    }
    site.requireHealthy();
  }

  private static Challenge challenge(Client caller) {
    return caller
        .attestation()
        .issueChallenge(IssueChallengeRequest.newBuilder().setNode(Site.HYPERVISOR).build());
  }

  private static Appraisal appraise(Client caller, ByteString evidence) {
    return caller
        .attestation()
        .appraiseEvidence(
            AppraiseEvidenceRequest.newBuilder()
                .setNode(Site.HYPERVISOR)
                .setEvidenceBundle(evidence)
                .build());
  }

  private void metrics(UnaryOperator<RuntimeMetrics.Builder> change, Code code, String reason) {
    distrust.follows(Site.HYPERVISOR, Manner.metrics(change), code, reason);
  }
}
