package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttestationKeyTest {
  private static List<Reason> reasons(Bytes area) {
    return switch (AttestationKey.judge(area)) {
      case AttestationKey.Accepted _ -> List.of();
      case AttestationKey.Refused(List<Finding> findings) ->
          findings.stream().map(Finding::reason).toList();
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 1, 1L << 4, 1L << 5, 1L << 16, 1L << 17, 1L << 18})
  void aKeyThatCouldSignForeignDataIsRefused(long bit) {
    PaperTpm tpm = new PaperTpm(PaperTpm.Kind.ECDSA_P256, PaperTpm.AK_ATTRIBUTES ^ bit);
    assertEquals(List.of(Reason.AK_ATTRIBUTES), reasons(tpm.akPublic()));
  }

  @Test
  void aWeakKeyIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    PublicKey weak = generator.generateKeyPair().getPublic();
    Bytes rsa1024 = PaperTpm.encode(weak, PaperTpm.AK_ATTRIBUTES, 0x14, PcrBank.SHA256);
    assertEquals(List.of(Reason.ALG_WEAK), reasons(rsa1024));
    PublicKey strong = PaperTpm.ecPair(Curve.P256).getPublic();
    Bytes sha1 = PaperTpm.encode(strong, PaperTpm.AK_ATTRIBUTES, 0x18, PcrBank.SHA1);
    assertEquals(List.of(Reason.ALG_WEAK), reasons(sha1));
  }

  @Test
  void aPointOffTheCurveIsNoKey() {
    byte[] area = new PaperTpm(PaperTpm.Kind.ECDSA_P256).akPublic().toByteArray();
    area[area.length - 1] ^= 1;
    assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(Bytes.of(area)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noBytesMakeTheParserThrow(long seed) {
    Random random = new Random(seed);
    for (PaperTpm.Kind kind : PaperTpm.Kind.values()) {
      Bytes good = new PaperTpm(kind).akPublic();
      assertInstanceOf(AttestationKey.Accepted.class, AttestationKey.judge(good));
      for (int length = 0; length < good.length(); length++) {
        assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(good.slice(0, length)));
      }
      for (int round = 0; round < 500; round++) {
        byte[] area = good.toByteArray();
        area[random.nextInt(area.length)] ^= (byte) (1 + random.nextInt(255));
        AttestationKey.Judgement judgement = AttestationKey.judge(Bytes.of(area));
        if (judgement instanceof AttestationKey.Accepted(AttestationKey key)) {
          // Another key than the one that was changed, as its name says.
          assertEquals(Bytes.of(area), key.encoded(), "seed " + seed);
        }
      }
    }
  }
}
