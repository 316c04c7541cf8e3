package dev.holdfast.server.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.SplittableRandom;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertificateRequestTest {
  private static KeyPair draw(String algorithm, AlgorithmParameterSpec kind) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(kind);
    return generator.generateKeyPair();
  }

  private static KeyPair draw(String curve) throws Exception {
    return draw("EC", new ECGenParameterSpec(curve));
  }

  private static byte[] request(PublicKey key, KeyPair signer, String algorithm) throws Exception {
    return new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=node"), key)
        .build(new JcaContentSignerBuilder(algorithm).build(signer.getPrivate()))
        .getEncoded();
  }

  private static Refusal refusal(byte[] der) {
    return assertThrows(Refusal.class, () -> CertificateRequest.parse(ByteString.copyFrom(der)));
  }

  private static void assertSays(String words, Refusal refusal) {
    assertTrue(String.valueOf(refusal.getMessage()).contains(words), refusal::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1"})
  void theKeyOfARequestIsRead(String curve) throws Exception {
    KeyPair pair = draw(curve);
    byte[] der = request(pair.getPublic(), pair, "SHA256withECDSA");
    assertEquals(pair.getPublic(), CertificateRequest.parse(ByteString.copyFrom(der)).key());
  }

  @Test
  void aKeyOfAnotherKindIsRefused() throws Exception {
    KeyPair large = draw("secp521r1");
    assertSays("P-256 or P-384", refusal(request(large.getPublic(), large, "SHA512withECDSA")));
    KeyPair rsa = draw("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
    assertSays("P-256 or P-384", refusal(request(rsa.getPublic(), rsa, "SHA256withRSA")));
  }

  @Test
  void aRequestThatAnotherKeySignedIsRefused() throws Exception {
    KeyPair mine = draw("secp256r1");
    KeyPair other = draw("secp256r1");
    assertSays(
        "not signed by its own key", refusal(request(mine.getPublic(), other, "SHA256withECDSA")));
  }

  @Test
  void aRequestIsNeitherEmptyNorLong() {
    assertInstanceOf(Problem.FieldMissing.class, refusal(new byte[0]).problem());
    assertInstanceOf(
        Problem.Amount.class, refusal(new byte[CertificateRequest.BYTES_MAX + 1]).problem());
  }

  @Test
  void whateverTheBytesAreTheyAreReadOrRefused() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    KeyPair pair = draw("secp256r1");
    byte[] good = request(pair.getPublic(), pair, "SHA256withECDSA");
    for (int round = 0; round < 1_000; round++) {
      byte[] der = good.clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        der[random.nextInt(der.length)] = (byte) random.nextInt(256);
      }
      try {
        assertEquals(pair.getPublic(), CertificateRequest.parse(ByteString.copyFrom(der)).key());
      } catch (Refusal refusal) {
        assertSays("certificate request", refusal);
      } catch (RuntimeException bug) {
        throw new AssertionError("seed " + seed + ", round " + round, bug);
      }
    }
  }
}
