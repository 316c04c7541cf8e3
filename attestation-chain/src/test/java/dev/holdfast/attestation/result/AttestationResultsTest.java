package dev.holdfast.attestation.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.util.Base64URL;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Samples;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.cose.CoseSign1;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AttestationResultsTest {
  private static final KeyPair KEY = pair("secp256r1");
  private static final AttestationChain CHAIN = Samples.chain(Samples.appraisals());
  private static final String SIGNED = AttestationResults.sign(CHAIN, signer(KEY), Samples.NOW);

  private static KeyPair pair(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ResultSigner signer(KeyPair pair) {
    return new ResultSigner("holdfast.dev", "test", "key-1", pair.getPrivate(), Optional.empty());
  }

  private static void rejected(Reason reason, String compact) {
    AttestationResults.Outcome outcome =
        AttestationResults.verify(compact, KEY.getPublic(), Samples.NOW);
    assertEquals(
        reason,
        assertInstanceOf(AttestationResults.Rejected.class, outcome, compact)
            .findings()
            .getFirst()
            .reason());
  }

  /** The same claims, changed and signed again by the right key. */
  private static String resigned(String from, String to) throws Exception {
    String payload = JWSObject.parse(SIGNED).getPayload().toString();
    String changed = payload.replace(from, to);
    if (changed.equals(payload)) {
      throw new AssertionError("nothing to change: " + from + " in " + payload);
    }
    JWSObject jws = new JWSObject(new JWSHeader(JWSAlgorithm.ES256), new Payload(changed));
    jws.sign(new ECDSASigner((ECPrivateKey) KEY.getPrivate()));
    return jws.serialize();
  }

  @Test
  void aResultSaysWhatTheChainSays() {
    AttestationResults.Outcome outcome =
        AttestationResults.verify(SIGNED, KEY.getPublic(), Samples.NOW);
    AttestationResult result = assertInstanceOf(AttestationResults.Trusted.class, outcome).result();
    assertEquals(Samples.NAME, result.pathway());
    assertEquals(Samples.EPOCH, result.epoch());
    assertEquals(Verdict.AFFIRMING, result.verdict());
    assertEquals(CHAIN.links().getLast().digest(), result.digest());
    assertEquals(CHAIN.expiresAt().orElseThrow(), result.expiresAt());
    assertEquals(
        Samples.PATHWAY.hops().stream().map(hop -> hop.node()).toList(),
        result.links().stream().map(link -> link.node()).toList());
    assertInstanceOf(
        EarVerifier.Genuine.class,
        EarVerifier.jwt(SIGNED, KEY.getPublic(), EarExpectation.STRICT, Samples.NOW));
  }

  @Test
  void aRefusedChainStaysRefusedInItsResult() {
    List<dev.holdfast.attestation.Appraisal> appraisals = new ArrayList<>(Samples.appraisals());
    appraisals.set(
        1,
        Samples.appraisal(
            Samples.PATHWAY.hops().get(1), Finding.against(Reason.TPM_PCR_MISMATCH, "changed")));
    String signed = AttestationResults.sign(Samples.chain(appraisals), signer(KEY), Samples.NOW);
    AttestationResults.Outcome outcome =
        AttestationResults.verify(signed, KEY.getPublic(), Samples.NOW);
    assertEquals(
        Verdict.CONTRAINDICATED,
        assertInstanceOf(AttestationResults.Trusted.class, outcome).result().verdict());
  }

  @Test
  void anIncompleteChainIsNotSigned() {
    AttestationChain incomplete = Samples.chain(Samples.appraisals().subList(0, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> AttestationResults.sign(incomplete, signer(KEY), Samples.NOW));
    assertThrows(
        IllegalArgumentException.class,
        () -> AttestationResults.sign(CHAIN, signer(pair("secp384r1")), Samples.NOW));
  }

  @Test
  void anotherAlgorithmIsRefused() throws Exception {
    String[] parts = SIGNED.split("\\.", -1);
    String none = Base64URL.encode("{\"alg\":\"none\"}").toString();
    rejected(Reason.TOKEN_ALG, none + "." + parts[1] + ".");
    rejected(Reason.TOKEN_ALG, none + "." + parts[1] + "." + parts[2]);
    JWSObject mac =
        new JWSObject(new JWSHeader(JWSAlgorithm.HS256), JWSObject.parse(SIGNED).getPayload());
    mac.sign(new MACSigner(KEY.getPublic().getEncoded()));
    rejected(Reason.TOKEN_ALG, mac.serialize());
  }

  @Test
  void aHeaderThatBringsAKeyIsRefused() throws Exception {
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .jwkURL(new java.net.URI("https://keys.example/attacker"))
            .build();
    JWSObject jws = new JWSObject(header, JWSObject.parse(SIGNED).getPayload());
    jws.sign(new ECDSASigner((ECPrivateKey) KEY.getPrivate()));
    rejected(Reason.TOKEN_HEADER, jws.serialize());
  }

  @Test
  void anotherKeyOrAnyChangedCharacterIsRefused() {
    AttestationResults.Outcome outcome =
        AttestationResults.verify(SIGNED, pair("secp256r1").getPublic(), Samples.NOW);
    assertInstanceOf(AttestationResults.Rejected.class, outcome);
    assertInstanceOf(
        AttestationResults.Rejected.class,
        AttestationResults.verify(SIGNED, pair("secp384r1").getPublic(), Samples.NOW));
    long seed = 77;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      char[] characters = SIGNED.toCharArray();
      int at = random.nextInt(characters.length - 2);
      characters[at] = characters[at] == 'A' ? 'B' : 'A';
      assertInstanceOf(
          AttestationResults.Rejected.class,
          AttestationResults.verify(new String(characters), KEY.getPublic(), Samples.NOW),
          "seed " + seed + ", position " + at);
    }
  }

  @Test
  void aResultIsValidFromIssueToExpiry() {
    Instant end = CHAIN.expiresAt().orElseThrow();
    assertInstanceOf(
        AttestationResults.Trusted.class,
        AttestationResults.verify(SIGNED, KEY.getPublic(), end.minusSeconds(1)));
    for (Instant at : List.of(end, Samples.NOW.minusSeconds(1))) {
      AttestationResults.Outcome outcome = AttestationResults.verify(SIGNED, KEY.getPublic(), at);
      assertEquals(
          Reason.TOKEN_EXPIRED,
          assertInstanceOf(AttestationResults.Rejected.class, outcome)
              .findings()
              .getFirst()
              .reason());
    }
  }

  @Test
  void evenTheSignerCannotPutLinksTogetherThatDoNotBelong() throws Exception {
    rejected(Reason.RESULT_BINDING, resigned("nodes/sw-3", "nodes/sw-4"));
    rejected(Reason.RESULT_BINDING, resigned("pathways/p1", "pathways/p2"));
    rejected(Reason.RESULT_BINDING, resigned("policies/edge@12", "policies/edge@13"));
    rejected(Reason.RESULT_BINDING, resigned("\"holdfast.role\":3", "\"holdfast.role\":2"));
    long end = CHAIN.expiresAt().orElseThrow().getEpochSecond();
    rejected(Reason.RESULT_BINDING, resigned("\"exp\":" + end, "\"exp\":" + (end + 1)));
    rejected(Reason.TOKEN_SCHEMA, resigned("hop-2", "hop-7"));
    rejected(Reason.TOKEN_SCHEMA, resigned("\"holdfast.epoch\"", "\"holdfast.epoc\""));
    rejected(Reason.TOKEN_SCHEMA, resigned("\"holdfast.role\":3", "\"holdfast.role\":6"));
    rejected(Reason.TOKEN_SCHEMA, resigned("eat_profile", "eat_profil"));
  }

  private static final Bytes MESSAGE =
      AttestationResults.signCwt(CHAIN, signer(KEY), Recipient.ANYONE, Samples.NOW);

  private static AttestationResults.Outcome cwt(Bytes message, EarExpectation expectation) {
    return AttestationResults.verifyCwt(message, KEY.getPublic(), expectation, Samples.NOW);
  }

  @Test
  void bothFormsOfAResultSayTheSame() {
    AttestationResults.Outcome outcome = cwt(MESSAGE, EarExpectation.STRICT);
    assertEquals(
        AttestationResults.verify(SIGNED, KEY.getPublic(), Samples.NOW),
        assertInstanceOf(AttestationResults.Trusted.class, outcome));
    assertInstanceOf(
        EarVerifier.Genuine.class,
        EarVerifier.cwt(MESSAGE, KEY.getPublic(), EarExpectation.STRICT, Samples.NOW));
    assertTrue(MESSAGE.length() < SIGNED.length(), "a CWT is the shorter form");
  }

  @Test
  void everyByteOfTheCborFormIsProtected() {
    byte[] message = MESSAGE.toByteArray();
    for (int at = 0; at < message.length; at++) {
      message[at] ^= 0x11;
      assertInstanceOf(
          AttestationResults.Rejected.class,
          cwt(Bytes.of(message), EarExpectation.STRICT),
          "byte " + at);
      message[at] ^= 0x11;
    }
  }

  /** The same claims in CBOR, changed and signed again by the right key. */
  private static Bytes resigned(Consumer<CBORObject> change) {
    CBORObject message = CBORObject.DecodeFromBytes(MESSAGE.toByteArray());
    CBORObject claims = CBORObject.DecodeFromBytes(message.get(2).GetByteString());
    change.accept(claims);
    byte[] protectedBytes = message.get(0).GetByteString();
    byte[] payload = claims.EncodeToBytes();
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(KEY.getPrivate());
      signature.update(
          CoseSign1.signatureStructure(Bytes.of(protectedBytes), Bytes.of(payload), Bytes.EMPTY)
              .toByteArray());
      message.set(2, CBORObject.FromObject(payload));
      message.set(3, CBORObject.FromObject(ECDSA.transcodeSignatureToConcat(signature.sign(), 64)));
    } catch (GeneralSecurityException | JOSEException e) {
      throw new IllegalStateException(e);
    }
    return Bytes.of(message.EncodeToBytes());
  }

  private static void rejected(Reason reason, Consumer<CBORObject> change) {
    assertEquals(
        reason,
        assertInstanceOf(
                AttestationResults.Rejected.class, cwt(resigned(change), EarExpectation.STRICT))
            .findings()
            .getFirst()
            .reason());
  }

  private static CBORObject hop(CBORObject claims, int position) {
    return claims.get(CBORObject.FromObject(266)).get("hop-" + position);
  }

  @Test
  void linksOfTheCborFormBindEachOtherToo() {
    CBORObject node = CBORObject.FromObject(-75_011);
    CBORObject digest = CBORObject.FromObject(-75_015);
    assertInstanceOf(
        AttestationResults.Trusted.class, cwt(resigned(_ -> {}), EarExpectation.STRICT));
    rejected(
        Reason.RESULT_BINDING,
        claims -> hop(claims, 1).set(node, CBORObject.FromObject("trustZones/z1/nodes/sw-4")));
    rejected(
        Reason.RESULT_BINDING,
        claims -> hop(claims, 1).set(CBORObject.FromObject(1000), CBORObject.FromObject(32)));
    rejected(
        Reason.RESULT_BINDING,
        claims -> hop(claims, 3).set(digest, CBORObject.FromObject(new byte[32])));
    rejected(
        Reason.TOKEN_SCHEMA,
        claims -> hop(claims, 3).set(digest, CBORObject.FromObject(new byte[31])));
    rejected(Reason.TOKEN_EXPIRED, claims -> claims.Remove(CBORObject.FromObject(4)));
  }

  @Test
  void aResultWithoutAnEndIsRefusedWhateverIsAllowed() throws Exception {
    long end = CHAIN.expiresAt().orElseThrow().getEpochSecond();
    String endless = resigned("\"exp\":" + end + ",", "");
    rejected(Reason.TOKEN_EXPIRED, endless);
    AttestationResults.Outcome outcome =
        AttestationResults.verifyJwt(
            endless, KEY.getPublic(), EarExpectation.STRICT.withExpiryOptional(), Samples.NOW);
    assertEquals(
        Reason.RESULT_BINDING,
        assertInstanceOf(AttestationResults.Rejected.class, outcome)
            .findings()
            .getFirst()
            .reason());
  }

  @Test
  void aResultMadeForSomebodyIsOfUseToNobodyElse() {
    Bytes nonce = Bytes.utf8("a nonce of ours");
    Recipient recipient = new Recipient(Optional.of("us"), Optional.of(nonce));
    EarExpectation ours = EarExpectation.STRICT.withAudience("us").withNonce(nonce);
    String jwt = AttestationResults.signJwt(CHAIN, signer(KEY), recipient, Samples.NOW);
    Bytes cwt = AttestationResults.signCwt(CHAIN, signer(KEY), recipient, Samples.NOW);
    assertInstanceOf(
        AttestationResults.Trusted.class,
        AttestationResults.verifyJwt(jwt, KEY.getPublic(), ours, Samples.NOW));
    assertInstanceOf(AttestationResults.Trusted.class, cwt(cwt, ours));
    for (EarExpectation other :
        List.of(
            EarExpectation.STRICT,
            ours.withAudience("them"),
            ours.withNonce(Bytes.utf8("another nonce")))) {
      assertInstanceOf(
          AttestationResults.Rejected.class,
          AttestationResults.verifyJwt(jwt, KEY.getPublic(), other, Samples.NOW));
      assertInstanceOf(AttestationResults.Rejected.class, cwt(cwt, other));
    }
    Bytes tooShort = Bytes.utf8("7 bytes");
    assertThrows(
        IllegalArgumentException.class,
        () -> new Recipient(Optional.empty(), Optional.of(tooShort)));
  }

  @Test
  void anotherLibraryVerifiesTheJwt() throws Exception {
    JWSObject jws = JWSObject.parse(SIGNED);
    assertTrue(jws.verify(new ECDSAVerifier((ECPublicKey) KEY.getPublic())));
    assertEquals("key-1", jws.getHeader().getKeyID());
  }
}
