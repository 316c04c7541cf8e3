package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class PathRulesTest {
  private static final Authority ROOT = Authority.root("root");
  private static final Authority MIDDLE = ROOT.authority("middle");
  private static final Authority LEAF = MIDDLE.leaf("leaf");
  private static final Anchors ANCHORS = Anchors.parse(List.of(ROOT.der()), List.of());

  private static CertificatePath.Judgement judge(PathRules rules, Bytes... certificates) {
    return CertificatePath.judge(List.of(certificates), ANCHORS, rules, Authority.NOW);
  }

  private static void sound(PathRules rules, Bytes... certificates) {
    assertInstanceOf(CertificatePath.Sound.class, judge(rules, certificates));
  }

  private static void unsound(Reason reason, PathRules rules, Bytes... certificates) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(CertificatePath.Unsound.class, judge(rules, certificates));
    assertEquals(reason, unsound.finding().reason(), unsound.words());
  }

  @Test
  void aChainIsSoundAsPresentedOnlyInItsOrder() {
    sound(PathRules.AS_PRESENTED, LEAF.der(), MIDDLE.der());
    sound(PathRules.AS_PRESENTED, LEAF.der(), MIDDLE.der(), ROOT.der());
    sound(PathRules.TO_PRESENTED_ANCHOR, LEAF.der(), MIDDLE.der(), ROOT.der());
    unsound(Reason.CERT_CHAIN, PathRules.TO_PRESENTED_ANCHOR, LEAF.der(), MIDDLE.der());
    for (PathRules rules : List.of(PathRules.AS_PRESENTED, PathRules.TO_PRESENTED_ANCHOR)) {
      unsound(Reason.CERT_CHAIN, rules, LEAF.der(), ROOT.der(), MIDDLE.der());
      unsound(Reason.CERT_CHAIN, rules, LEAF.der(), ROOT.der());
      unsound(Reason.CERT_CHAIN, rules, LEAF.der(), MIDDLE.der(), ROOT.der(), ROOT.der());
      Bytes stranger = Authority.root("stranger").der();
      unsound(Reason.CERT_CHAIN, rules, LEAF.der(), MIDDLE.der(), ROOT.der(), stranger);
    }
  }

  @Test
  void aRootOfTheRightNameAndAnotherKeyIsNoAnchor() {
    Authority other = Authority.root("root");
    Authority middle = other.authority("middle");
    unsound(
        Reason.CERT_CHAIN,
        PathRules.TO_PRESENTED_ANCHOR,
        middle.leaf("leaf").der(),
        middle.der(),
        other.der());
  }

  @Test
  void aCriticalExtensionIsUnderstoodByWhoSaysSo() {
    Authority odd = MIDDLE.withCriticalExtension("odd", "1.2.3.4.5");
    unsound(Reason.CERT_CHAIN, PathRules.ANY_ORDER, odd.der(), MIDDLE.der());
    sound(PathRules.ANY_ORDER.understanding("1.2.3.4.5"), odd.der(), MIDDLE.der());
    unsound(
        Reason.CERT_CHAIN, PathRules.ANY_ORDER.understanding("1.2.3.4.6"), odd.der(), MIDDLE.der());
  }

  @Test
  void listsMayBeDemandedOfAuthoritiesOnly() {
    PathRules authorities = PathRules.ANY_ORDER.requiring(PathRules.Revocation.OF_AUTHORITIES);
    PathRules all = PathRules.ANY_ORDER.requiring(PathRules.Revocation.OF_ALL);
    unsound(Reason.CRL_MISSING, authorities, LEAF.der(), MIDDLE.der());
    Anchors listed = Anchors.parse(List.of(ROOT.der()), List.of(ROOT.revocations(Authority.END)));
    List<Bytes> chain = List.of(LEAF.der(), MIDDLE.der());
    assertInstanceOf(
        CertificatePath.Sound.class,
        CertificatePath.judge(chain, listed, authorities, Authority.NOW));
    assertInstanceOf(
        CertificatePath.Unsound.class, CertificatePath.judge(chain, listed, all, Authority.NOW));
  }

  @Test
  void everyBlockOfAPemTextMustBeRead() {
    String leaf = pem(LEAF.der());
    String middle = pem(MIDDLE.der());
    sound(PathRules.AS_PRESENTED, Bytes.utf8(leaf + middle));
    for (String broken :
        List.of(
            leaf + "-----BEGIN CERTIFICATE-----\n" + middle,
            leaf + middle.replace("-----END CERTIFICATE-----", ""),
            leaf + middle + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            leaf + middle.replace("MII", "M*II"))) {
      unsound(Reason.DER_MALFORMED, PathRules.AS_PRESENTED, Bytes.utf8(broken));
    }
  }

  private static String pem(Bytes der) {
    return "-----BEGIN CERTIFICATE-----\n"
        + new String(Base64.getMimeEncoder().encode(der.toByteArray()), StandardCharsets.US_ASCII)
        + "\n-----END CERTIFICATE-----\n";
  }
}
