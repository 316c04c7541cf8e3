package dev.holdfast.server.attest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ChallengesTest {
  private static final NodeName H1 = new NodeName("edge", "h1");
  private static final NodeName H2 = new NodeName("edge", "h2");
  private static final Duration LIFETIME = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);
  private final Challenges challenges = new Challenges(nanos::get);

  private Challenges.Issued open(int number, NodeName node, PathwayName... pathways) {
    byte[] nonce = new byte[Nonce.LENGTH];
    nonce[0] = (byte) number;
    nonce[1] = (byte) (number >> 8);
    var issued =
        new Challenges.Issued(
            new Nonce(Bytes.of(nonce)),
            node,
            pathways.length == 0 ? Challenges.Occasion.SESSION : Challenges.Occasion.PATHWAY,
            List.of(pathways),
            LIFETIME);
    challenges.open(issued);
    return issued;
  }

  private Challenges.Taken take(Challenges.Issued issued, NodeName node) {
    return challenges.take(issued.nonce().value(), node);
  }

  private void assertStale(Reason reason, Challenges.Taken taken) {
    assertEquals(reason, assertInstanceOf(Challenges.Taken.Stale.class, taken).finding().reason());
  }

  @Test
  void aChallengeIsAnsweredOnce() {
    Challenges.Issued issued = open(1, H1);
    assertEquals(new Challenges.Taken.Fresh(issued), take(issued, H1));
    assertStale(Reason.NONCE_REUSED, take(issued, H1));
  }

  @Test
  void aNonceNeverIssuedIsUnknownAndNoneAtAllIsMissing() {
    assertStale(Reason.NONCE_UNKNOWN, challenges.take(Bytes.of(new byte[Nonce.LENGTH]), H1));
    assertStale(Reason.NONCE_MISSING, challenges.take(Bytes.EMPTY, H1));
  }

  @Test
  void anotherNodesChallengeIsRefusedAndStaysOpenForIt() {
    Challenges.Issued issued = open(1, H1);
    assertStale(Reason.NONCE_SUBJECT_MISMATCH, take(issued, H2));
    assertEquals(new Challenges.Taken.Fresh(issued), take(issued, H1));
  }

  @Test
  void anotherNodesChallengeOfARoundIsASplice() {
    Challenges.Issued issued = open(1, H1, new PathwayName("edge", "p1"));
    assertStale(Reason.CHAIN_SPLICE, take(issued, H2));
  }

  @Test
  void aChallengeLapsesExactlyAtItsLifetimeEvenWhereTheClockWraps() {
    Challenges.Issued early = open(1, H1);
    Challenges.Issued late = open(2, H1);
    nanos.addAndGet(LIFETIME.toNanos() - 1);
    assertEquals(new Challenges.Taken.Fresh(early), take(early, H1));
    nanos.incrementAndGet();
    assertStale(Reason.NONCE_UNKNOWN, take(late, H1));
  }

  @Test
  void aUsedNonceIsUnknownOnceAnotherWasIssued() {
    Challenges.Issued first = open(1, H1);
    take(first, H1);
    open(2, H1);
    assertStale(Reason.NONCE_UNKNOWN, take(first, H1));
  }

  @Test
  void theOldestOfTooManyGivesWayAndNoOtherNodesDoes() {
    Challenges.Issued others = open(0, H2);
    List<Challenges.Issued> issued = new ArrayList<>();
    for (int i = 1; i <= Challenges.OPEN_MAX + 1; i++) {
      issued.add(open(i, H1));
    }
    assertStale(Reason.NONCE_UNKNOWN, take(issued.removeFirst(), H1));
    for (Challenges.Issued open : issued) {
      assertEquals(new Challenges.Taken.Fresh(open), take(open, H1));
    }
    assertEquals(new Challenges.Taken.Fresh(others), take(others, H2));
  }

  @Test
  void ofManyAnswersAtOnceExactlyOneIsFresh() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 200; round++) {
        Challenges.Issued issued = open(round, H1);
        List<Callable<Challenges.Taken>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          answers.add(() -> take(issued, H1));
        }
        int fresh = 0;
        for (Future<Challenges.Taken> answer : threads.invokeAll(answers)) {
          fresh += answer.get() instanceof Challenges.Taken.Fresh ? 1 : 0;
        }
        assertEquals(1, fresh, "round " + round);
      }
    }
  }
}
