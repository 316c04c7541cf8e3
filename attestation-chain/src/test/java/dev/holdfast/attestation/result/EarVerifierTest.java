package dev.holdfast.attestation.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.result.EarVerifier.Genuine;
import dev.holdfast.attestation.result.EarVerifier.Legible;
import dev.holdfast.attestation.result.EarVerifier.Refused;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class EarVerifierTest {
  private static final PublicKey KEY = PaperEar.KEY.getPublic();
  private static final EarExpectation STRICT = EarExpectation.STRICT;
  private static final Instant NOW = PaperEar.NOW;

  private static List<Reason> reasons(EarVerifier.Result result) {
    return switch (result) {
      case Genuine _ -> List.of();
      case Refused(List<Finding> findings) -> findings.stream().map(Finding::reason).toList();
    };
  }

  private static List<Reason> jwt(String compact, EarExpectation expectation, Instant at) {
    return reasons(EarVerifier.jwt(compact, KEY, expectation, at));
  }

  private static List<Reason> jwt(String compact) {
    return jwt(compact, STRICT, NOW);
  }

  private static List<Reason> cwt(Bytes message, EarExpectation expectation, Instant at) {
    return reasons(EarVerifier.cwt(message, KEY, expectation, at));
  }

  private static List<Reason> cwt(CBORObject claims) {
    return cwt(PaperEar.cwt(claims), STRICT, NOW);
  }

  private static String headed(String header) {
    return PaperEar.jwt(
        header, PaperEar.json(PaperEar.claims()), "SHA256withECDSA", PaperEar.KEY, 64);
  }

  @Test
  void bothFormsSayTheSame() {
    Ear fromJwt =
        assertInstanceOf(
                Genuine.class, EarVerifier.jwt(PaperEar.jwt(PaperEar.claims()), KEY, STRICT, NOW))
            .ear();
    Ear fromCwt =
        assertInstanceOf(
                Genuine.class, EarVerifier.cwt(PaperEar.cwt(PaperEar.cbor()), KEY, STRICT, NOW))
            .ear();
    assertEquals(fromJwt, fromCwt);
    assertEquals(new Ear.VerifierId("Acme", "7"), fromJwt.verifier());
    assertEquals(Optional.of(NOW.plusSeconds(60)), fromJwt.expiresAt());
    Ear.Submodule cpu = fromJwt.submodules().get("cpu");
    assertEquals(
        new Ear.Submodule(
            Ear.Tier.WARNING,
            Map.of(Ear.Aspect.HARDWARE, 2, Ear.Aspect.EXECUTABLES, 32),
            List.of("policy://1"),
            List.of(),
            Map.of("private", "true")),
        cpu);
  }

  @Test
  void noAlgorithmIsTakenThatWasNotAllowed() throws Exception {
    String claims = CompactJws.encode(PaperEar.json(PaperEar.claims()));
    String none = CompactJws.encode(Bytes.utf8("{\"alg\":\"none\"}")) + "." + claims + ".";
    EarExpectation all = STRICT.withAlgorithms(EnumSet.allOf(CoseAlgorithm.class));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(none));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(none, all, NOW));
    String signed = CompactJws.encode(Bytes.utf8("{\"alg\":\"HS256\"}")) + "." + claims;
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY.getEncoded(), "HmacSHA256"));
    String confused =
        signed + "." + CompactJws.encode(Bytes.of(mac.doFinal(Bytes.utf8(signed).toByteArray())));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(confused));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(confused, all, NOW));
    KeyPair strong = PaperEar.pair("secp384r1");
    String es384 =
        PaperEar.jwt(
            "{\"alg\":\"ES384\"}", PaperEar.json(PaperEar.claims()), "SHA384withECDSA", strong, 96);
    assertEquals(List.of(), reasons(EarVerifier.jwt(es384, strong.getPublic(), all, NOW)));
    assertEquals(
        List.of(Reason.TOKEN_ALG),
        reasons(EarVerifier.jwt(es384, strong.getPublic(), STRICT, NOW)));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(es384, all, NOW));
    assertEquals(List.of(Reason.TOKEN_ALG), jwt(headed("{\"alg\":\"ES384\"}"), all, NOW));
    Bytes unnamed = PaperEar.cwt(PaperEar.map(), Bytes.of(PaperEar.cbor().EncodeToBytes()));
    assertEquals(List.of(Reason.TOKEN_ALG), cwt(unnamed, STRICT, NOW));
  }

  @Test
  void aHeaderThatBringsAKeyOrIsNotUnderstoodIsRefused() {
    for (String member :
        List.of(
            "\"jku\":\"https://keys.example\"",
            "\"x5u\":\"https://keys.example\"",
            "\"jwk\":{\"kty\":\"EC\"}",
            "\"x5c\":[]",
            "\"crit\":[\"b64\"]",
            "\"b64\":false")) {
      assertEquals(
          List.of(Reason.TOKEN_HEADER), jwt(headed("{\"alg\":\"ES256\"," + member + "}")), member);
    }
    for (String header :
        List.of("{\"alg\":\"none\",\"alg\":\"ES256\"}", "{}", "[]", "", "{\"alg\":7}")) {
      assertEquals(List.of(Reason.TOKEN_MALFORMED), jwt(headed(header)), header);
    }
  }

  @Test
  void aSignatureOfNothingOrByAnotherIsRefused() {
    String good = PaperEar.jwt(PaperEar.claims());
    String unsigned = good.substring(0, good.lastIndexOf('.') + 1);
    assertEquals(List.of(Reason.SIGNATURE), jwt(unsigned));
    assertEquals(
        List.of(Reason.SIGNATURE), jwt(unsigned + CompactJws.encode(Bytes.of(new byte[64]))));
    PublicKey other = PaperEar.pair("secp256r1").getPublic();
    assertEquals(List.of(Reason.SIGNATURE), reasons(EarVerifier.jwt(good, other, STRICT, NOW)));
    assertEquals(
        List.of(Reason.SIGNATURE),
        reasons(EarVerifier.cwt(PaperEar.cwt(PaperEar.cbor()), other, STRICT, NOW)));
  }

  @Test
  void aJwtHasOneFormOnly() {
    String good = PaperEar.jwt(PaperEar.claims());
    for (String bad :
        List.of(
            "",
            "a",
            good + ".",
            good + "=",
            good + "\n",
            " " + good,
            good.substring(0, good.lastIndexOf('.')),
            good.replaceFirst("\\.", ".!"))) {
      assertEquals(List.of(Reason.TOKEN_MALFORMED), jwt(bad), bad);
    }
    String long256 = "a".repeat(EarVerifier.MAX_LENGTH + 1);
    assertEquals(List.of(Reason.TOKEN_MALFORMED), jwt(long256));
  }

  @Test
  void everyBitOfAResultIsProtected() {
    char[] characters = PaperEar.jwt(PaperEar.claims()).toCharArray();
    for (int at = 0; at < characters.length; at++) {
      for (int bit = 0; bit < 7; bit++) {
        characters[at] ^= (char) (1 << bit);
        refused(EarVerifier.jwt(new String(characters), KEY, STRICT, NOW), at + "/" + bit);
        characters[at] ^= (char) (1 << bit);
      }
    }
    byte[] message = PaperEar.cwt(PaperEar.cbor()).toByteArray();
    for (int bit = 0; bit < message.length * 8; bit++) {
      message[bit / 8] ^= (byte) (1 << bit % 8);
      refused(EarVerifier.cwt(Bytes.of(message), KEY, STRICT, NOW), "bit " + bit);
      message[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  private static void refused(EarVerifier.Result result, String about) {
    Finding finding = assertInstanceOf(Refused.class, result, about).findings().getFirst();
    assertFalse(finding.message().contains(" failed with "), about + ": " + finding.message());
  }

  @Test
  void whateverIsChangedInClaimsIsReadOrRefusedByARule() {
    long seed = 20260301;
    Random random = new Random(seed);
    byte[] json = PaperEar.json(PaperEar.claims()).toByteArray();
    byte[] cbor = PaperEar.cbor().EncodeToBytes();
    for (int round = 0; round < 6000; round++) {
      byte[] changed = (round % 2 == 0 ? json : cbor).clone();
      for (int change = 0; change <= random.nextInt(3); change++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      EarVerifier.Reading reading =
          round % 2 == 0
              ? EarVerifier.jsonClaims(Bytes.of(changed))
              : EarVerifier.cborClaims(Bytes.of(changed));
      if (reading instanceof Refused(List<Finding> findings)) {
        assertFalse(
            findings.getFirst().message().contains(" failed with "),
            "seed " + seed + ", round " + round + ": " + findings.getFirst().message());
      }
    }
  }

  @Test
  void aResultIsUsedOnlyInItsTimes() {
    ObjectNode claims = PaperEar.claims();
    String good = PaperEar.jwt(claims);
    Instant end = NOW.plusSeconds(60);
    assertEquals(List.of(), jwt(good, STRICT, end.minusSeconds(1)));
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(good, STRICT, end));
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(good, STRICT, NOW.minusSeconds(1)));
    EarExpectation lax = STRICT.withClockSkewMax(Duration.ofSeconds(5));
    assertEquals(List.of(), jwt(good, lax, NOW.minusSeconds(5)));
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(good, lax, NOW.minusSeconds(6)));
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(good, lax, end));
    String late = PaperEar.jwt(claims.put("nbf", NOW.plusSeconds(9).getEpochSecond()));
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(late));
    assertEquals(List.of(), jwt(late, lax, NOW.plusSeconds(4)));
    assertThrows(
        IllegalArgumentException.class, () -> STRICT.withClockSkewMax(Duration.ofHours(1)));
    assertThrows(
        IllegalArgumentException.class, () -> STRICT.withClockSkewMax(Duration.ofSeconds(-1)));
  }

  @Test
  void aResultWithoutAnEndIsRefusedUnlessThatIsAllowed() {
    ObjectNode claims = PaperEar.claims();
    claims.remove("exp");
    assertEquals(List.of(Reason.TOKEN_EXPIRED), jwt(PaperEar.jwt(claims)));
    assertEquals(List.of(), jwt(PaperEar.jwt(claims), STRICT.withExpiryOptional(), NOW));
    String over = PaperEar.jwt(PaperEar.claims());
    assertEquals(
        List.of(Reason.TOKEN_EXPIRED), jwt(over, STRICT.withExpiryOptional(), NOW.plusSeconds(60)));
  }

  @Test
  void timesAreWholeSecondsWithoutATag() {
    for (String time :
        List.of(
            "1772366400.5",
            "1772366400.0",
            "\"1772366400\"",
            "-1",
            "null",
            "99999999999999",
            "9e99")) {
      String json =
          PaperEar.claims()
              .toString()
              .replace("\"iat\":" + NOW.getEpochSecond(), "\"iat\":" + time);
      assertInstanceOf(Refused.class, EarVerifier.jsonClaims(Bytes.utf8(json)), time);
    }
    for (CBORObject time :
        List.of(
            CBORObject.FromObject(1.5),
            CBORObject.FromObject(NOW.getEpochSecond()).WithTag(1),
            CBORObject.FromObject("today"),
            CBORObject.FromObject(-1))) {
      CBORObject claims = PaperEar.cbor();
      claims.set(CBORObject.FromObject(4), time);
      assertEquals(List.of(Reason.TOKEN_SCHEMA), cwt(claims), time.toString());
    }
  }

  @Test
  void aResultIsForWhomItNames() {
    ObjectNode claims = PaperEar.claims().put("aud", "us");
    EarExpectation us = STRICT.withAudience("us");
    assertEquals(List.of(), jwt(PaperEar.jwt(claims), us, NOW));
    assertEquals(List.of(Reason.TOKEN_AUDIENCE), jwt(PaperEar.jwt(claims)));
    assertEquals(
        List.of(Reason.TOKEN_AUDIENCE),
        jwt(PaperEar.jwt(claims), STRICT.withAudience("them"), NOW));
    assertEquals(List.of(Reason.TOKEN_AUDIENCE), jwt(PaperEar.jwt(PaperEar.claims()), us, NOW));
    claims.putArray("aud").add("them").add("us");
    assertEquals(List.of(), jwt(PaperEar.jwt(claims), us, NOW));
    CBORObject cbor = PaperEar.cbor();
    cbor.Add(CBORObject.FromObject(3), "us");
    assertEquals(List.of(), cwt(PaperEar.cwt(cbor), us, NOW));
  }

  @Test
  void aResultEchoesTheNonce() {
    Bytes nonce = Bytes.of(new byte[] {-1, -2, -3, -4, -5, -6, -7, -8});
    EarExpectation asked = STRICT.withNonce(nonce);
    ObjectNode claims = PaperEar.claims();
    assertEquals(List.of(Reason.NONCE_MISSING), jwt(PaperEar.jwt(claims), asked, NOW));
    for (String form :
        List.of(
            CompactJws.encode(nonce), Base64.getEncoder().encodeToString(nonce.toByteArray()))) {
      assertEquals(List.of(), jwt(PaperEar.jwt(claims.put("eat_nonce", form)), asked, NOW));
    }
    claims.put("eat_nonce", "AAAAAAAAAAA");
    assertEquals(List.of(Reason.NONCE_UNKNOWN), jwt(PaperEar.jwt(claims), asked, NOW));
    CBORObject cbor = PaperEar.cbor();
    cbor.Add(CBORObject.FromObject(10), nonce.toByteArray());
    assertEquals(List.of(), cwt(PaperEar.cwt(cbor), asked, NOW));
  }

  @Test
  void everyFaultOfTheMomentIsListed() {
    EarExpectation expectation = STRICT.withAudience("us").withNonce(Bytes.of(new byte[8]));
    assertEquals(
        List.of(Reason.TOKEN_EXPIRED, Reason.TOKEN_AUDIENCE, Reason.NONCE_MISSING),
        jwt(PaperEar.jwt(PaperEar.claims()), expectation, NOW.plusSeconds(60)));
  }

  @Test
  void claimsThatTheSchemaAsksForAreThere() {
    for (String name : List.of("eat_profile", "ear.verifier-id", "iat", "submods")) {
      ObjectNode claims = PaperEar.claims();
      claims.remove(name);
      assertEquals(List.of(Reason.TOKEN_SCHEMA), jwt(PaperEar.jwt(claims)), name);
    }
    for (int label : List.of(265, 1004, 6, 266)) {
      CBORObject claims = PaperEar.cbor();
      claims.Remove(CBORObject.FromObject(label));
      assertEquals(List.of(Reason.TOKEN_SCHEMA), cwt(claims), "label " + label);
    }
    for (String bad :
        List.of(
            "{\"ear.status\":\"fine\"}",
            "{\"ear.status\":2}",
            "{}",
            "7",
            "{\"ear.status\":\"none\",\"ear.trustworthiness-vector\":{\"hardware\":128}}",
            "{\"ear.status\":\"none\",\"ear.trustworthiness-vector\":{\"hardware\":2.5}}",
            "{\"ear.status\":\"none\",\"ear.trustworthiness-vector\":{\"colour\":2}}",
            "{\"ear.status\":\"none\",\"ear.trustworthiness-vector\":[]}",
            "{\"ear.status\":\"none\",\"ear.appraisal-policy-id\":[]}",
            "{\"ear.status\":\"none\",\"ear.appraisal-policy-id\":7}")) {
      String json =
          PaperEar.claims().toString().replaceFirst("\"cpu\":\\{.*}}", "\"cpu\":" + bad + "}");
      assertEquals(
          Reason.TOKEN_SCHEMA,
          assertInstanceOf(Refused.class, EarVerifier.jsonClaims(Bytes.utf8(json + "}")), json)
              .findings()
              .getFirst()
              .reason(),
          json);
    }
  }

  @Test
  void claimsInCborAreNumbersAndNothingElse() {
    for (CBORObject bad :
        List.of(
            PaperEar.map("ear.status", 2),
            PaperEar.map(1000, 3),
            PaperEar.map(1000, "affirming", "ear.status", 2),
            PaperEar.map(1000, 2, 1001, PaperEar.map(8, 2)),
            PaperEar.map(1000, 2, 1001, PaperEar.map("hardware", 2)))) {
      CBORObject claims = PaperEar.cbor();
      claims.set(CBORObject.FromObject(266), PaperEar.map("cpu", bad));
      assertEquals(List.of(Reason.TOKEN_SCHEMA), cwt(claims), bad.toString());
    }
    CBORObject tagged = CBORObject.FromObject(7);
    assertInstanceOf(Refused.class, EarVerifier.cborClaims(Bytes.of(tagged.EncodeToBytes())));
  }

  @Test
  void claimsInJsonAreOneObjectWithNoMemberTwice() {
    for (String bad : List.of("", "[]", "7", "{", "{\"iat\":1,\"iat\":2}", "{} {}")) {
      assertEquals(
          Reason.TOKEN_MALFORMED,
          assertInstanceOf(Refused.class, EarVerifier.jsonClaims(Bytes.utf8(bad)), bad)
              .findings()
              .getFirst()
              .reason(),
          bad);
    }
    assertInstanceOf(Legible.class, EarVerifier.jsonClaims(PaperEar.json(PaperEar.claims())));
  }

  @Test
  void aCwtMayStandUnderItsTagOrBare() {
    CBORObject message = CBORObject.DecodeFromBytes(PaperEar.cwt(PaperEar.cbor()).toByteArray());
    assertEquals(List.of(), cwt(Bytes.of(message.WithTag(61).EncodeToBytes()), STRICT, NOW));
    assertEquals(List.of(), cwt(Bytes.of(message.Untag().EncodeToBytes()), STRICT, NOW));
    assertEquals(
        List.of(Reason.TOKEN_MALFORMED),
        cwt(Bytes.of(message.WithTag(62).EncodeToBytes()), STRICT, NOW));
  }

  @Test
  void namesOfAlgorithmsAreThoseOfJose() {
    assertEquals(Optional.of(CoseAlgorithm.ES256), EarVerifier.algorithm("ES256"));
    for (String name : Set.of("none", "HS256", "ESP256", "es256", "")) {
      assertTrue(EarVerifier.algorithm(name).isEmpty(), name);
    }
  }
}
