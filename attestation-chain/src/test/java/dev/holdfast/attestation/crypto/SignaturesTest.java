package dev.holdfast.attestation.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.crypto.Signatures.Signed;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignaturesTest {
  private static final Bytes MESSAGE = Bytes.utf8("what was said");

  enum Scheme {
    RSA,
    PSS,
    P256,
    P384
  }

  /** The one that verifies here, and the one that would on a machine without its native code. */
  private static Set<Provider> providers() {
    return new LinkedHashSet<>(List.of(Signatures.provider(), Signatures.parser()));
  }

  private static boolean verify(Scheme scheme, Signed signed, Provider provider) {
    return switch (scheme) {
      case RSA -> Signatures.verifyRsa(signed, provider);
      case PSS -> Signatures.verifyRsaPss(signed, provider);
      case P256, P384 -> Signatures.verifyEcdsa(signed, provider);
    };
  }

  /** Two pairs of each kind, made once: RSA keys take their time. */
  private static final Map<Scheme, List<KeyPair>> PAIRS = new EnumMap<>(Scheme.class);

  @BeforeAll
  static void makeKeys() throws Exception {
    for (Scheme scheme : Scheme.values()) {
      PAIRS.put(scheme, List.of(generate(scheme), generate(scheme)));
    }
  }

  private static KeyPair pair(Scheme scheme, int which) {
    return PAIRS.getOrDefault(scheme, List.of()).get(which);
  }

  private static KeyPair generate(Scheme scheme) throws GeneralSecurityException {
    boolean rsa = scheme == Scheme.RSA || scheme == Scheme.PSS;
    KeyPairGenerator generator = KeyPairGenerator.getInstance(rsa ? "RSA" : "EC");
    if (rsa) {
      generator.initialize(2048);
    } else {
      generator.initialize(
          new ECGenParameterSpec(scheme == Scheme.P256 ? "secp256r1" : "secp384r1"));
    }
    return generator.generateKeyPair();
  }

  private static Signed sign(Scheme scheme, PcrBank hash, KeyPair pair) throws Exception {
    String name = hash.javaName().replace("-", "");
    Signature signer =
        Signature.getInstance(
            switch (scheme) {
              case RSA -> name + "withRSA";
              case PSS -> "RSASSA-PSS";
              case P256, P384 -> name + "withECDSAinP1363Format";
            });
    if (scheme == Scheme.PSS) {
      MGF1ParameterSpec mgf = new MGF1ParameterSpec(hash.javaName());
      signer.setParameter(
          new PSSParameterSpec(hash.javaName(), "MGF1", mgf, hash.digestLength(), 1));
    }
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE.toByteArray());
    return new Signed(pair.getPublic(), hash, MESSAGE, Bytes.of(signer.sign()));
  }

  @ParameterizedTest
  @EnumSource
  void bothProvidersAcceptWhatWasSignedAndNothingElse(Scheme scheme) throws Exception {
    KeyPair pair = pair(scheme, 0);
    for (PcrBank hash : List.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512)) {
      Signed good = sign(scheme, hash, pair);
      for (Provider provider : providers()) {
        String where = provider.getName() + " " + hash;
        assertTrue(verify(scheme, good, provider), where);
        for (Bytes bad : altered(good.signature())) {
          Signed signed = new Signed(good.key(), hash, MESSAGE, bad);
          assertFalse(verify(scheme, signed, provider), where);
        }
        Signed other = new Signed(good.key(), hash, Bytes.utf8("other"), good.signature());
        assertFalse(verify(scheme, other, provider), where);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKeyOfAnotherKindVerifiesNothingAndThrowsNothing(Scheme scheme) throws Exception {
    for (Scheme other : Scheme.values()) {
      PublicKey key = pair(other, 1).getPublic();
      Signed mine = sign(scheme, PcrBank.SHA256, pair(scheme, 0));
      Signed signed = new Signed(key, PcrBank.SHA256, MESSAGE, mine.signature());
      for (Provider provider : providers()) {
        assertFalse(verify(scheme, signed, provider), provider.getName() + " " + other);
      }
    }
  }

  @Test
  void theProviderIsAskedForByName() {
    assertTrue(
        Set.of("AmazonCorrettoCryptoProvider", "BC").contains(Signatures.provider().getName()));
    assertEquals("BC", Signatures.parser().getName());
  }

  private static List<Bytes> altered(Bytes signature) {
    int length = signature.length();
    byte[] flipped = signature.toByteArray();
    flipped[length - 1] ^= 1;
    return List.of(
        Bytes.of(flipped),
        Bytes.of(new byte[length]),
        Bytes.fromHex("ff".repeat(length)),
        signature.slice(0, length - 1),
        Bytes.concat(signature, Bytes.of((byte) 0)),
        Bytes.EMPTY);
  }
}
