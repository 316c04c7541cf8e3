package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PathMemoryTest {
  private static final Authority ROOT = Authority.root("root");
  private static final Authority MIDDLE = ROOT.authority("middle");
  private static final Authority LEAF = MIDDLE.leaf("leaf");
  private static final List<Bytes> CHAIN = List.of(LEAF.der(), MIDDLE.der());
  private static final Anchors ANCHORS = Anchors.parse(List.of(ROOT.der()), List.of());

  private final PathMemory memory = new PathMemory(2);

  private CertificatePath.Judgement judge(Anchors anchors, Instant at) {
    return CertificatePath.judge(CHAIN, anchors, PathRules.ANY_ORDER, at, memory);
  }

  private void unsound(Reason reason, Anchors anchors, Instant at) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(CertificatePath.Unsound.class, judge(anchors, at));
    assertEquals(reason, unsound.finding().reason(), unsound.words());
  }

  @Test
  void aPathIsRememberedUnderWhatItWasJudgedFrom() {
    CertificatePath.Judgement first = judge(ANCHORS, Authority.NOW);
    assertInstanceOf(CertificatePath.Sound.class, first);
    assertSame(first, judge(ANCHORS, Authority.NOW.plusSeconds(60)));
    assertEquals(1, memory.size());
  }

  @Test
  void whatIsRememberedNeverOutlivesItsCertificates() {
    assertInstanceOf(CertificatePath.Sound.class, judge(ANCHORS, Authority.END));
    unsound(Reason.CERT_EXPIRED, ANCHORS, Authority.BEGIN.minusSeconds(1));
    assertEquals(1, memory.size());
    unsound(Reason.CERT_EXPIRED, ANCHORS, Authority.END.plusSeconds(1));
    assertEquals(0, memory.size());
  }

  @Test
  void whatIsRememberedNeverOutlivesARevocationList() {
    Instant soon = Authority.NOW.plusSeconds(60);
    Anchors listed = ANCHORS.with(Certificates.parseCrls(MIDDLE.revocations(soon)));
    CertificatePath.Sound sound =
        assertInstanceOf(CertificatePath.Sound.class, judge(listed, Authority.NOW));
    assertEquals(soon, sound.notAfter());
    assertEquals(1, sound.crls().size());
    unsound(Reason.CRL_STALE, listed, soon.plusSeconds(1));
    Anchors revoking = ANCHORS.with(Certificates.parseCrls(MIDDLE.revocations(soon, LEAF)));
    unsound(Reason.CERT_REVOKED, revoking, Authority.NOW);
  }

  @Test
  void whatIsRememberedNeverOutlivesAnAnchor() {
    judge(ANCHORS, Authority.NOW);
    Anchors others = Anchors.parse(List.of(Authority.root("root").der()), List.of());
    unsound(Reason.CERT_CHAIN, others, Authority.NOW);
    unsound(Reason.CERT_CHAIN, Anchors.parse(List.of(), List.of()), Authority.NOW);
    unsound(Reason.CRL_MISSING, ANCHORS.requiringRevocation(), Authority.NOW);
    memory.retain(List.of(ANCHORS));
    assertEquals(1, memory.size());
    memory.retain(List.of(others));
    assertEquals(0, memory.size());
  }

  @Test
  void itIsBoundedAndForgetsWhatWasUsedLeastRecently() {
    List<List<Bytes>> chains =
        List.of(
            CHAIN,
            List.of(MIDDLE.leaf("second").der(), MIDDLE.der()),
            List.of(MIDDLE.leaf("third").der(), MIDDLE.der()));
    List<CertificatePath.Judgement> first = chains.stream().map(this::one).toList();
    assertEquals(2, memory.size());
    assertSame(first.get(2), one(chains.get(2)));
    assertSame(first.get(1), one(chains.get(1)));
    assertEquals(first.get(0), one(chains.get(0)));
    assertEquals(2, memory.size());
    assertEquals(0, PathMemory.none().size());
  }

  @Test
  void aMemoryOfNothingRemembersNothing() {
    CertificatePath.Judgement first =
        CertificatePath.judge(
            CHAIN, ANCHORS, PathRules.ANY_ORDER, Authority.NOW, PathMemory.none());
    assertNotSame(
        first,
        CertificatePath.judge(
            CHAIN, ANCHORS, PathRules.ANY_ORDER, Authority.NOW, PathMemory.none()));
    assertEquals(0, PathMemory.none().size());
  }

  @Test
  void noRuleOfOneJudgementIsAnsweredFromAnother() {
    judge(ANCHORS, Authority.NOW);
    PathRules strict = PathRules.TO_PRESENTED_ANCHOR;
    assertInstanceOf(
        CertificatePath.Unsound.class,
        CertificatePath.judge(CHAIN, ANCHORS, strict, Authority.NOW, memory));
    PathRules listed = PathRules.ANY_ORDER.requiring(PathRules.Revocation.OF_ALL);
    assertInstanceOf(
        CertificatePath.Unsound.class,
        CertificatePath.judge(CHAIN, ANCHORS, listed, Authority.NOW, memory));
    Bytes joined = Bytes.concat(LEAF.der(), MIDDLE.der());
    assertInstanceOf(
        CertificatePath.Unsound.class,
        CertificatePath.judge(List.of(joined), ANCHORS, strict, Authority.NOW, memory));
  }

  /** One question with the answer that it has without a memory. */
  private record Asked(List<Bytes> chain, Anchors anchors, Instant at, Optional<Reason> expected) {}

  private static final Optional<Reason> SOUND = Optional.empty();

  private static List<Asked> questions() {
    Anchors others = Anchors.parse(List.of(Authority.root("root").der()), List.of());
    Instant soon = Authority.NOW.plusSeconds(60);
    Anchors listed = ANCHORS.with(Certificates.parseCrls(MIDDLE.revocations(soon)));
    Anchors revoking = ANCHORS.with(Certificates.parseCrls(MIDDLE.revocations(soon, LEAF)));
    List<Bytes> broken = List.of(LEAF.der(), Authority.root("middle").der());
    return List.of(
        new Asked(CHAIN, ANCHORS, Authority.NOW, SOUND),
        new Asked(CHAIN, ANCHORS, Authority.END, SOUND),
        new Asked(CHAIN, ANCHORS, Authority.END.plusSeconds(1), Optional.of(Reason.CERT_EXPIRED)),
        new Asked(CHAIN, listed, Authority.NOW, SOUND),
        new Asked(CHAIN, listed, soon.plusSeconds(1), Optional.of(Reason.CRL_STALE)),
        new Asked(CHAIN, revoking, Authority.NOW, Optional.of(Reason.CERT_REVOKED)),
        new Asked(CHAIN, others, Authority.NOW, Optional.of(Reason.CERT_CHAIN)),
        new Asked(broken, ANCHORS, Authority.NOW, Optional.of(Reason.CERT_CHAIN)),
        new Asked(List.of(MIDDLE.der()), ANCHORS, Authority.NOW, SOUND));
  }

  private Optional<Reason> answer(Asked asked) {
    return switch (CertificatePath.judge(
        asked.chain(), asked.anchors(), PathRules.ANY_ORDER, asked.at(), memory)) {
      case CertificatePath.Sound _ -> SOUND;
      case CertificatePath.Unsound unsound -> Optional.of(unsound.finding().reason());
    };
  }

  @Test
  void threadsThatShareItGetTheAnswersThatEachWouldAlone() throws Exception {
    List<Asked> questions = questions();
    int threads = 6;
    int rounds = 25;
    CountDownLatch ready = new CountDownLatch(threads);
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<List<String>>> wrong = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        Random random = new Random(thread);
        wrong.add(
            executor.submit(
                () -> {
                  List<String> differences = new ArrayList<>();
                  ready.countDown();
                  start.await();
                  for (int i = 0; i < rounds * questions.size(); i++) {
                    Asked asked = questions.get(random.nextInt(questions.size()));
                    Optional<Reason> got = answer(asked);
                    if (!got.equals(asked.expected())) {
                      differences.add(asked.expected() + " became " + got);
                    }
                    if (memory.size() > 2) {
                      differences.add("it held " + memory.size());
                    }
                    if (i % 50 == 0) {
                      memory.retain(List.of(asked.anchors()));
                    }
                  }
                  return differences;
                }));
      }
      ready.await();
      start.countDown();
      for (Future<List<String>> each : wrong) {
        assertEquals(List.of(), each.get());
      }
    }
    memory.retain(List.of());
    assertEquals(0, memory.size());
  }

  private CertificatePath.Judgement one(List<Bytes> chain) {
    return CertificatePath.judge(chain, ANCHORS, PathRules.ANY_ORDER, Authority.NOW, memory);
  }
}
