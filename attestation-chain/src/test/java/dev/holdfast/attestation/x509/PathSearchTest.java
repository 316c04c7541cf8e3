package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of many certificates make a path, and how much work it may cost: attacks C10 and C12. */
class PathSearchTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Authority ROOT = Authority.root("root");
  private static final Authority MIDDLE = ROOT.authority("middle");
  private static final Authority LEAF = MIDDLE.leaf("leaf");
  private static final Anchors ANCHORS = Anchors.parse(List.of(ROOT.der()), List.of());

  private static CertificatePath.Sound sound(List<Bytes> certificates, Anchors anchors) {
    return assertInstanceOf(
        CertificatePath.Sound.class, CertificatePath.find(certificates, anchors, Authority.NOW));
  }

  private static void unsound(Reason reason, List<Bytes> certificates, Anchors anchors) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(
            CertificatePath.Unsound.class,
            CertificatePath.find(certificates, anchors, Authority.NOW));
    assertEquals(reason, unsound.finding().reason(), unsound.words());
  }

  @Test
  void aGoodCertificateBesideTheRealSignerProvesNothing() {
    Authority stranger = Authority.root("stranger");
    Authority signer = stranger.leaf("leaf");
    List<Bytes> good = List.of(LEAF.der(), MIDDLE.der(), ROOT.der());
    for (Bytes bad : List.of(signer.der(), stranger.der(), Authority.root("middle").der())) {
      List<Bytes> bag = new ArrayList<>(good);
      bag.addFirst(bad);
      unsound(Reason.SIGNER_NOT_ANCHORED, bag, ANCHORS);
      bag.add(stranger.der());
      unsound(Reason.SIGNER_NOT_ANCHORED, bag, ANCHORS);
    }
    unsound(Reason.CERT_CHAIN, List.of(signer.der(), MIDDLE.der(), ROOT.der()), ANCHORS);
    List<Bytes> bag = new ArrayList<>(good);
    bag.add(signer.der());
    assertEquals(LEAF.certificate(), sound(bag, ANCHORS).leaf());
    Bytes text = Bytes.utf8(pem(signer.der()) + pem(LEAF.der()) + pem(MIDDLE.der()));
    unsound(Reason.SIGNER_NOT_ANCHORED, List.of(text), ANCHORS);
  }

  @Test
  void ofTwoAuthoritiesOfOneNameTheOneThatSignedIsFound() {
    Authority other = ROOT.authority("middle");
    Authority otherRoot = Authority.root("root");
    Anchors both = Anchors.parse(List.of(otherRoot.der(), ROOT.der()), List.of());
    for (List<Bytes> bag :
        List.of(
            List.of(LEAF.der(), other.der(), MIDDLE.der()),
            List.of(LEAF.der(), MIDDLE.der(), other.der()))) {
      for (Anchors anchors : List.of(ANCHORS, both)) {
        assertEquals(
            List.of(LEAF.certificate(), MIDDLE.certificate(), ROOT.certificate()),
            sound(bag, anchors).chain());
      }
      unsound(Reason.CERT_CHAIN, bag, Anchors.parse(List.of(otherRoot.der()), List.of()));
    }
  }

  @Test
  void theReasonIsThatOfThePathThatCameClosestWhateverElseIsThere() {
    Anchors revoking =
        Anchors.parse(List.of(ROOT.der()), List.of(MIDDLE.revocations(Authority.END, LEAF)));
    Bytes other = Authority.root("middle").der();
    Bytes weak =
        new PaperCertificate("CN=middle", PaperCertificate.ec("P-224"), "CN=root")
            .ofAuthority()
            .signedBy(PaperCertificate.ec("P-256"));
    for (Bytes stranger : List.of(other, weak)) {
      unsound(Reason.CERT_REVOKED, List.of(LEAF.der(), MIDDLE.der(), stranger), revoking);
      unsound(Reason.CERT_REVOKED, List.of(LEAF.der(), stranger, MIDDLE.der()), revoking);
    }
  }

  @Test
  void tenThousandCertificatesAreRefusedUnread() {
    List<Bytes> flood = Collections.nCopies(10_000, LEAF.der());
    StringBuilder text = new StringBuilder();
    String block = pem(LEAF.der());
    for (int i = 0; i < 10_000; i++) {
      text.append(block);
    }
    Bytes all = Bytes.utf8(text.toString());
    assertTimeoutPreemptively(
        LONG,
        () -> {
          unsound(Reason.CERT_CHAIN, flood, ANCHORS);
          unsound(Reason.CERT_CHAIN, List.of(all), ANCHORS);
          unsound(Reason.CERT_CHAIN, Collections.nCopies(64, all), ANCHORS);
        });
    Bytes two = Bytes.utf8(block + block);
    unsound(Reason.CERT_CHAIN, Collections.nCopies(33, two), ANCHORS);
  }

  /** Each is a sound issuer of each: without a bound there are 60 to the seventh paths. */
  @Test
  void authoritiesThatAllIssuedEachOtherTakeBoundedTimeWithMemoryAndWithout() {
    KeyPair keys = PaperCertificate.ec("P-256");
    List<Bytes> certificates = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      certificates.add(
          new PaperCertificate("CN=ring", keys, "CN=ring").ofAuthority().signedBy(keys));
    }
    PathMemory memory = new PathMemory(1_000);
    for (PathMemory each : List.of(PathMemory.none(), memory, memory)) {
      CertificatePath.Unsound unsound =
          assertTimeoutPreemptively(
              LONG,
              () ->
                  assertInstanceOf(
                      CertificatePath.Unsound.class,
                      CertificatePath.judge(
                          certificates, ANCHORS, PathRules.ANY_ORDER, Authority.NOW, each)));
      assertEquals(Reason.CERT_CHAIN, unsound.finding().reason(), unsound.words());
    }
  }

  private static String pem(Bytes der) {
    return "-----BEGIN CERTIFICATE-----\n"
        + new String(Base64.getMimeEncoder().encode(der.toByteArray()), StandardCharsets.US_ASCII)
        + "\n-----END CERTIFICATE-----\n";
  }
}
