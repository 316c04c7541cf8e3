package dev.holdfast.attestation.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.PaperCose;
import dev.holdfast.attestation.x509.Authority;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PublicKeysTest {
  private static final Bytes EC = PaperCose.of(CoseAlgorithm.ES384).publicKey();
  private static final Bytes RSA = PaperCose.of(CoseAlgorithm.PS256).publicKey();
  private static final Bytes EDWARDS = PaperCose.of(CoseAlgorithm.EDDSA).publicKey();

  @Test
  void oneKeyIsTheSameInEveryForm() {
    for (Bytes spki : new Bytes[] {EC, RSA, EDWARDS}) {
      assertEquals(spki, encoded(spki));
      assertEquals(spki, encoded(pem("PUBLIC KEY", spki)));
    }
    ECPublicKey ec = (ECPublicKey) PublicKeys.parse(EC);
    assertEquals("EC", ec.getAlgorithm());
    assertEquals(EC, encoded(Bytes.utf8(new ECKey.Builder(Curve.P_384, ec).build().toString())));
    RSAPublicKey rsa = (RSAPublicKey) PublicKeys.parse(RSA);
    assertEquals(RSA, encoded(Bytes.utf8(new RSAKey.Builder(rsa).build().toString())));
    Bytes x = EDWARDS.slice(EDWARDS.length() - 32, EDWARDS.length());
    assertEquals(
        EDWARDS,
        encoded(
            Bytes.utf8(
                new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(x.toByteArray()))
                    .build()
                    .toString())));
  }

  @Test
  void theKeyOfACertificateIsRead() {
    Authority authority = Authority.root("root");
    Bytes spki = Bytes.of(authority.certificate().getPublicKey().getEncoded());
    assertEquals(spki, encoded(authority.der()));
    assertEquals(spki, encoded(pem("CERTIFICATE", authority.der())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no key",
        "{}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}",
        "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",
        "{\"kty\":\"RSA\",\"kty\":\"EC\"}",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----\n"
      })
  void anythingElseIsMalformed(String text) {
    assertThrows(MalformedException.class, () -> PublicKeys.parse(Bytes.utf8(text)));
  }

  @Test
  void aKeyCutShortOrWithBytesAfterItIsMalformed() {
    for (int length = 0; length < EC.length(); length++) {
      Bytes cut = EC.slice(0, length);
      assertThrows(MalformedException.class, () -> PublicKeys.parse(cut));
    }
    Bytes longer = Bytes.concat(EC, Bytes.of((byte) 0));
    assertThrows(MalformedException.class, () -> PublicKeys.parse(longer));
  }

  @Test
  void aPointThatIsNotOnTheCurveIsMalformed() {
    byte[] spki = EC.toByteArray();
    spki[spki.length - 1] ^= 1;
    assertThrows(MalformedException.class, () -> PublicKeys.parse(Bytes.of(spki)));
    byte[] one = new byte[48];
    Arrays.fill(one, (byte) 1);
    assertThrows(
        MalformedException.class,
        () -> PublicKeys.point("secp384r1", Bytes.of(one), Bytes.of(one)));
  }

  private static Bytes encoded(Bytes key) {
    return Bytes.of(PublicKeys.parse(key).getEncoded());
  }

  private static Bytes pem(String label, Bytes der) {
    return Bytes.utf8(
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(der.toByteArray())
            + "\n-----END "
            + label
            + "-----\n");
  }
}
