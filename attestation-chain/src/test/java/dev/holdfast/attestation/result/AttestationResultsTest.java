package dev.holdfast.attestation.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.util.Base64URL;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Samples;
import dev.holdfast.attestation.Verdict;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
        assertInstanceOf(AttestationResults.Rejected.class, outcome, compact).findings().getFirst().reason());
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
    assertInstanceOf(EarVerifier.Genuine.class, EarVerifier.jwt(SIGNED, KEY.getPublic(), EarExpectation.STRICT, Samples.NOW));
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
          Reason.TOKEN_EXPIRED, assertInstanceOf(AttestationResults.Rejected.class, outcome).findings().getFirst().reason());
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
}
