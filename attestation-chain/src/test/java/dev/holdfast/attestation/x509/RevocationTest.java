package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RevocationTest {
  private static final Authority ROOT = Authority.root("root");
  private static final Authority MIDDLE = ROOT.authority("middle");
  private static final Authority LEAF = MIDDLE.leaf("leaf");
  private static final Authority OTHER = ROOT.authority("middle");
  private static final Instant END = Authority.END;

  private static Anchors listed(Bytes... crls) {
    return Anchors.parse(List.of(ROOT.der()), List.of(crls));
  }

  private static CertificatePath.Judgement judge(Anchors anchors) {
    return CertificatePath.find(List.of(LEAF.der(), MIDDLE.der()), anchors, Authority.NOW);
  }

  private static void sound(Anchors anchors) {
    CertificatePath.Judgement judgement = judge(anchors);
    assertInstanceOf(CertificatePath.Sound.class, judgement, "" + judgement);
  }

  private static void unsound(Reason reason, Anchors anchors) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(CertificatePath.Unsound.class, judge(anchors));
    assertEquals(reason, unsound.finding().reason(), unsound.words());
  }

  @Test
  void aRevokedLeafAndARevokedCaAreRefused() {
    unsound(Reason.CERT_REVOKED, listed(MIDDLE.revocations(END, LEAF)));
    unsound(Reason.CERT_REVOKED, listed(ROOT.revocations(END, MIDDLE)));
    unsound(Reason.CERT_REVOKED, listed(MIDDLE.revocations(END), ROOT.revocations(END, MIDDLE)));
    sound(listed(MIDDLE.revocations(END), ROOT.revocations(END)));
  }

  @Test
  void aNumberOnTheListOfAnotherIssuerRevokesNothing() {
    sound(listed(ROOT.revocations(END, LEAF), MIDDLE.revocations(END, MIDDLE)));
  }

  @Test
  void anOldListThatRevokesStillDoes() {
    Bytes old = MIDDLE.revocations(Authority.NOW.minusSeconds(1), LEAF);
    unsound(Reason.CERT_REVOKED, listed(old));
    unsound(Reason.CERT_REVOKED, listed(old, MIDDLE.revocations(END)));
    unsound(Reason.CERT_REVOKED, listed(MIDDLE.revocations(END), old));
  }

  @Test
  void anExpiredListRefusesUnlessThereIsACurrentOne() {
    Bytes old = MIDDLE.revocations(Authority.NOW.minusSeconds(1));
    unsound(Reason.CRL_STALE, listed(old));
    sound(listed(old, MIDDLE.revocations(END)));
    sound(listed(MIDDLE.revocations(Authority.NOW)));
  }

  @Test
  void aListIsDemandedOfEveryIssuerWhereListsAreRequired() {
    unsound(Reason.CRL_MISSING, listed().requiringRevocation());
    unsound(Reason.CRL_MISSING, listed(MIDDLE.revocations(END)).requiringRevocation());
    unsound(Reason.CRL_MISSING, listed(ROOT.revocations(END)).requiringRevocation());
    sound(listed(ROOT.revocations(END), MIDDLE.revocations(END)).requiringRevocation());
  }

  @Test
  void aListThatAnotherSignedCountsAsMissing() {
    Bytes forged = OTHER.revocations(END);
    unsound(Reason.CRL_MISSING, listed(forged));
    unsound(Reason.CRL_MISSING, listed(ROOT.revocations(END), forged).requiringRevocation());
    Bytes swapped = Authority.root("root").revocations(END);
    unsound(Reason.CRL_MISSING, listed(swapped, MIDDLE.revocations(END)).requiringRevocation());
  }

  @Test
  void theListsOfTwoAuthoritiesOfOneNameAreToldApartByWhoSigned() {
    Bytes own = MIDDLE.revocations(END);
    Bytes others = OTHER.revocations(END, LEAF);
    sound(listed(own, others));
    sound(listed(others, own));
    Bytes revoking = MIDDLE.revocations(END, LEAF);
    unsound(Reason.CERT_REVOKED, listed(revoking, OTHER.revocations(END)));
    unsound(Reason.CERT_REVOKED, listed(OTHER.revocations(END), revoking));
    unsound(
        Reason.CRL_STALE,
        listed(OTHER.revocations(END), MIDDLE.revocations(Authority.NOW.minusSeconds(1))));
  }

  @Test
  void theProofEndsWithTheFirstListThatDoes() {
    Instant soon = Authority.NOW.plusSeconds(60);
    Instant later = Authority.NOW.plusSeconds(120);
    CertificatePath.Sound sound =
        assertInstanceOf(
            CertificatePath.Sound.class,
            judge(listed(MIDDLE.revocations(later), ROOT.revocations(soon))));
    assertEquals(soon, sound.notAfter());
    assertEquals(2, sound.crls().size());
  }

  @Test
  void aListWithOneFlippedBitNeverClears() {
    byte[] good = MIDDLE.revocations(END).toByteArray();
    int read = 0;
    for (int place = 0; place < good.length; place++) {
      byte[] bad = good.clone();
      bad[place] ^= 1;
      Anchors anchors;
      try {
        anchors = listed(Bytes.of(bad), ROOT.revocations(END)).requiringRevocation();
      } catch (IllegalArgumentException unreadable) {
        continue;
      }
      read++;
      assertInstanceOf(CertificatePath.Unsound.class, judge(anchors), "byte " + place);
    }
    assertEquals(true, read > 50, read + " lists were read");
  }
}
