package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificatePathTest {
  private static final Instant NOW = Authority.NOW;
  private static final Authority ROOT = Authority.root("root");
  private static final Authority MIDDLE = ROOT.authority("middle");
  private static final Authority LEAF = MIDDLE.leaf("leaf");

  private static Anchors anchors(Authority... authorities) {
    List<Bytes> certificates = new ArrayList<>();
    for (Authority authority : authorities) {
      certificates.add(authority.der());
    }
    return Anchors.parse(certificates, List.of());
  }

  private static void unsound(Fault fault, List<Bytes> certificates, Anchors anchors) {
    CertificatePath.Judgement judgement = CertificatePath.find(certificates, anchors, NOW);
    assertEquals(
        fault, assertInstanceOf(CertificatePath.Unsound.class, judgement).fault(), "" + judgement);
  }

  @Test
  void aPathToAPinnedAnchorIsSoundInAnyOrder() {
    CertificatePath.Judgement judgement =
        CertificatePath.find(
            List.of(LEAF.der(), Authority.root("stranger").der(), MIDDLE.der()),
            anchors(ROOT),
            NOW);
    CertificatePath.Sound sound = assertInstanceOf(CertificatePath.Sound.class, judgement);
    assertEquals(3, sound.chain().size());
    assertEquals(LEAF.certificate(), sound.leaf());
  }

  @Test
  void withoutItsAnchorOrLinksThereIsNoPath() {
    unsound(Fault.CHAIN, List.of(LEAF.der(), MIDDLE.der(), ROOT.der()), anchors());
    unsound(Fault.CHAIN, List.of(LEAF.der()), anchors(ROOT));
    unsound(Fault.CHAIN, List.of(LEAF.der(), MIDDLE.der()), anchors(Authority.root("root")));
    unsound(Fault.CHAIN, List.of(), anchors(ROOT));
  }

  @Test
  void anIssuerThatIsNoCaIsRefused() {
    Authority below = LEAF.leaf("below a leaf");
    unsound(Fault.CHAIN, List.of(below.der(), LEAF.der(), MIDDLE.der()), anchors(ROOT));
  }

  @Test
  void thePathLengthOfACaIsKept() {
    Authority narrow = ROOT.authority("narrow", 0);
    Authority sub = narrow.authority("sub");
    Authority leaf = sub.leaf("leaf");
    unsound(Fault.CHAIN, List.of(leaf.der(), sub.der(), narrow.der()), anchors(ROOT));
    Authority direct = narrow.leaf("direct");
    assertInstanceOf(
        CertificatePath.Sound.class,
        CertificatePath.find(List.of(direct.der(), narrow.der()), anchors(ROOT), NOW));
  }

  @Test
  void aPathOfMoreThanEightIsRefusedInBoundedTime() {
    List<Bytes> certificates = new ArrayList<>();
    Authority authority = ROOT;
    for (int i = 0; i < 7; i++) {
      authority = authority.authority("ca " + i);
      certificates.addFirst(authority.der());
    }
    List<Bytes> tooLong = new ArrayList<>(certificates);
    tooLong.addFirst(authority.leaf("leaf").der());
    unsound(Fault.CHAIN, tooLong, anchors(ROOT));
    assertInstanceOf(
        CertificatePath.Sound.class, CertificatePath.find(certificates, anchors(ROOT), NOW));
    List<Bytes> flood = new ArrayList<>(java.util.Collections.nCopies(10_000, LEAF.der()));
    unsound(Fault.CHAIN, flood, anchors(ROOT));
  }

  @Test
  void manyAuthoritiesOfOneNameTakeBoundedTime() {
    List<Bytes> certificates = new ArrayList<>(List.of(LEAF.der()));
    for (int i = 0; i < 60; i++) {
      certificates.add(Authority.root("middle").der());
    }
    unsound(Fault.CHAIN, certificates, anchors(ROOT));
  }

  @Test
  void everyCertificateMustBeValidAtTheTime() {
    List<Bytes> certificates = List.of(LEAF.der(), MIDDLE.der());
    for (Instant at : List.of(Authority.BEGIN.minusSeconds(1), Authority.END.plusSeconds(1))) {
      CertificatePath.Judgement judgement = CertificatePath.find(certificates, anchors(ROOT), at);
      assertEquals(
          Fault.EXPIRED, assertInstanceOf(CertificatePath.Unsound.class, judgement).fault());
    }
    for (Instant at : List.of(Authority.BEGIN, Authority.END)) {
      assertInstanceOf(
          CertificatePath.Sound.class, CertificatePath.find(certificates, anchors(ROOT), at));
    }
  }

  @Test
  void aRevokedCertificateIsRefused() {
    List<Bytes> certificates = List.of(LEAF.der(), MIDDLE.der());
    Bytes revoking = MIDDLE.revocations(Authority.END, LEAF);
    unsound(Fault.REVOKED, certificates, Anchors.parse(List.of(ROOT.der()), List.of(revoking)));
    Bytes empty = MIDDLE.revocations(Authority.END);
    Anchors current =
        Anchors.parse(List.of(ROOT.der()), List.of(empty, ROOT.revocations(Authority.END)));
    assertInstanceOf(
        CertificatePath.Sound.class,
        CertificatePath.find(certificates, current.requiringRevocation(), NOW));
    Anchors partial = Anchors.parse(List.of(ROOT.der()), List.of(empty));
    unsound(Fault.CHAIN, certificates, partial.requiringRevocation());
    Bytes old = MIDDLE.revocations(NOW.minusSeconds(1));
    unsound(Fault.EXPIRED, certificates, Anchors.parse(List.of(ROOT.der()), List.of(old)));
  }

  @Test
  void aRevocationListOfAnotherKeyCountsAsMissing() {
    Authority impostor = ROOT.authority("middle");
    Bytes forged = impostor.revocations(Authority.END, LEAF);
    Anchors anchors = Anchors.parse(List.of(ROOT.der()), List.of(forged));
    unsound(Fault.CHAIN, List.of(LEAF.der(), MIDDLE.der()), anchors);
    unsound(Fault.CHAIN, List.of(LEAF.der(), MIDDLE.der()), anchors.requiringRevocation());
  }

  @Test
  void aKeyThatWouldKeepTheVerifierBusyIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    RSAPublicKey good = (RSAPublicKey) generator.generateKeyPair().getPublic();
    BigInteger exponent = BigInteger.TWO.pow(100).add(BigInteger.ONE);
    PublicKey costly =
        KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(good.getModulus(), exponent));
    Bytes leaf = ROOT.certify("costly", costly, "1.3.6.1.5.5.7.3.1");
    unsound(Fault.ALGORITHM, List.of(leaf), anchors(ROOT));
    Bytes same = ROOT.certify("good", good, "1.3.6.1.5.5.7.3.1");
    assertInstanceOf(
        CertificatePath.Sound.class, CertificatePath.find(List.of(same), anchors(ROOT), NOW));
  }

  @Test
  void anUnknownCriticalExtensionIsRefused() {
    Authority odd = MIDDLE.withCriticalExtension("odd", "1.2.3.4.5");
    unsound(Fault.CHAIN, List.of(odd.der(), MIDDLE.der()), anchors(ROOT));
  }

  @Test
  void noBytesMakeTheSearchThrowAndNoChangeKeepsThePath() {
    Anchors anchors = anchors(ROOT);
    BitFlips.of(
        LEAF.der(),
        (flipped, bit) ->
            assertTrue(
                CertificatePath.find(List.of(flipped, MIDDLE.der()), anchors, NOW)
                    instanceof CertificatePath.Unsound,
                "bit " + bit));
    byte[] nested = new byte[15_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    unsound(Fault.MALFORMED, List.of(Bytes.of(nested)), anchors);
    Bytes trailing = Bytes.concat(LEAF.der(), Bytes.of((byte) 0));
    unsound(Fault.MALFORMED, List.of(trailing, MIDDLE.der()), anchors);
  }
}
