package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.time.Instant;
import java.util.List;
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

  private CertificatePath.Judgement one(List<Bytes> chain) {
    return CertificatePath.judge(chain, ANCHORS, PathRules.ANY_ORDER, Authority.NOW, memory);
  }
}
