package dev.holdfast.attestation.cca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.psa.PaperPsa;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CcaTokenVerifierTest {
  private static final PaperCca REALM = new PaperCca();
  private static final CcaExpectation EXPECTED =
      CcaExpectation.STRICT.withChallenge(PaperCca.CHALLENGE);

  @Test
  void aGoodTokenProvesPlatformAndRealm() {
    for (Bytes key : List.of(REALM.coseKey(), REALM.rawKey())) {
      Outcome.Proven proven =
          assertInstanceOf(
              Outcome.Proven.class,
              verify(REALM.token(PaperCca.platformClaims(key), REALM.realmClaims(key))));
      assertTrue(
          proven
              .claims()
              .contains(
                  new Claim.Measurement("cca/realm/initial-measurement", PaperPsa.filled(32, 3))));
      assertTrue(proven.claims().contains(new Claim.BoundData(PaperCca.CHALLENGE)));
    }
  }

  @Test
  void recordsOfTokensAreReadTheSame() {
    Bytes key = REALM.coseKey();
    CBORObject platform = PaperCca.platformClaims(key);
    assertInstanceOf(
        Outcome.Proven.class, verify(REALM.records(platform, REALM.realmClaims(key), 263)));
    assertInstanceOf(
        Outcome.Proven.class,
        verify(REALM.records(platform, REALM.realmClaims(key), "application/eat+cwt")));
    refused(Reason.EVIDENCE_MALFORMED, verify(REALM.records(platform, REALM.realmClaims(key), 50)));
  }

  @Test
  void aFlippedBitIsRefusedWhereverItIs() {
    Bytes key = REALM.coseKey();
    Bytes token = REALM.token(PaperCca.platformClaims(key), REALM.realmClaims(key));
    BitFlips.of(
        token,
        (flipped, bit) ->
            assertInstanceOf(
                Outcome.Refused.class,
                CcaTokenVerifier.verify(flipped, REALM.key(), CcaExpectation.STRICT),
                "bit " + bit));
  }

  @Test
  void aRealmOnAnotherPlatformIsASplice() {
    Bytes other = new PaperCca().coseKey();
    Bytes token = REALM.token(PaperCca.platformClaims(other), REALM.realmClaims(REALM.coseKey()));
    refused(Reason.EVIDENCE_SPLICE, verify(token));
  }

  @Test
  void anotherRealmKeyThanTheOneThatSignedIsRefused() {
    Bytes other = new PaperCca().coseKey();
    Bytes token = REALM.token(PaperCca.platformClaims(other), REALM.realmClaims(other));
    refused(Reason.SIGNATURE, verify(token));
  }

  @Test
  void anotherPlatformKeyAndAnotherChallengeAreRefused() {
    Bytes token = good();
    refused(Reason.SIGNATURE, CcaTokenVerifier.verify(token, new PaperCca().key(), EXPECTED));
    refused(
        Reason.NONCE_UNKNOWN,
        CcaTokenVerifier.verify(
            token, REALM.key(), CcaExpectation.STRICT.withChallenge(Bytes.EMPTY)));
  }

  @Test
  void aPlatformThatCanBeDebuggedIsRefused() {
    Bytes key = REALM.coseKey();
    CBORObject platform = PaperCca.platformClaims(key);
    platform.set(CBORObject.FromObject(2395), CBORObject.FromObject(0x5000));
    refused(Reason.TEE_DEBUG, verify(REALM.token(platform, REALM.realmClaims(key))));
  }

  @Test
  void aTokenThatIsCutOrNoCollectionIsMalformed() {
    Bytes token = good();
    refused(Reason.EVIDENCE_MALFORMED, verify(token.slice(0, token.length() / 2)));
    CBORObject untagged = CBORObject.DecodeFromBytes(token.toByteArray()).Untag();
    refused(Reason.EVIDENCE_MALFORMED, verify(Bytes.of(untagged.EncodeToBytes())));
    untagged.Remove(CBORObject.FromObject(44241));
    refused(Reason.EVIDENCE_MALFORMED, verify(Bytes.of(untagged.WithTag(399).EncodeToBytes())));
  }

  @Test
  void everyMandatoryClaimMustBeThere() {
    Bytes key = REALM.coseKey();
    for (int label : new int[] {10, 256, 265, 2395, 2396, 2399, 2401, 2402}) {
      CBORObject platform = PaperCca.platformClaims(key);
      platform.Remove(CBORObject.FromObject(label));
      refused(Reason.EVIDENCE_SCHEMA, verify(REALM.token(platform, REALM.realmClaims(key))));
    }
    for (int label : new int[] {10, 44235, 44236, 44237, 44238, 44239, 44240}) {
      CBORObject realm = REALM.realmClaims(key);
      realm.Remove(CBORObject.FromObject(label));
      refused(Reason.EVIDENCE_SCHEMA, verify(REALM.token(PaperCca.platformClaims(key), realm)));
    }
  }

  @Test
  void aKeyThatIsNoPointIsRefused() {
    byte[] raw = REALM.rawKey().toByteArray();
    raw[96] ^= 1;
    Bytes key = Bytes.of(raw);
    CBORObject realm = REALM.realmClaims(REALM.rawKey());
    realm.set(CBORObject.FromObject(44237), CBORObject.FromObject(raw));
    refused(Reason.EVIDENCE_SCHEMA, verify(REALM.token(PaperCca.platformClaims(key), realm)));
  }

  @Test
  void claimsOfARealmInJsonAreHeldToTheirSchema() {
    assertEquals(List.of(), CcaTokenVerifier.checkRealmJson(Bytes.utf8(json().toString())));
    schema(json().put("cca-realm-challenge", new byte[63]));
    schema(json().put("cca-realm-initial-measurement", new byte[31]));
    schema(json().put("cca-realm-hash-algo-id", "md5"));
    schema(json().put("cca-realm-public-key", new byte[96]));
    ObjectNode three = json();
    three.putArray("cca-realm-extensible-measurements").add(new byte[32]);
    schema(three);
    for (String member : List.copyOf(json().properties().stream().map(e -> e.getKey()).toList())) {
      ObjectNode without = json();
      without.remove(member);
      schema(without);
    }
    assertEquals(
        Reason.EVIDENCE_MALFORMED,
        CcaTokenVerifier.checkRealmJson(Bytes.utf8("{")).getFirst().reason());
  }

  private static ObjectNode json() {
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("cca-realm-challenge", new byte[64]);
    claims.put("cca-realm-personalization-value", new byte[64]);
    claims.put("cca-realm-initial-measurement", new byte[48]);
    claims.put("cca-realm-hash-algo-id", "sha-256");
    claims.put("cca-realm-public-key", new byte[97]);
    claims.put("cca-realm-public-key-hash-algo-id", "sha-512");
    claims
        .putArray("cca-realm-extensible-measurements")
        .add(new byte[32])
        .add(new byte[48])
        .add(new byte[64])
        .add(new byte[32]);
    return claims;
  }

  private static void schema(ObjectNode claims) {
    assertEquals(
        List.of(Reason.EVIDENCE_SCHEMA),
        CcaTokenVerifier.checkRealmJson(Bytes.utf8(claims.toString())).stream()
            .map(Finding::reason)
            .toList(),
        claims.toString());
  }

  private static Bytes good() {
    Bytes key = REALM.coseKey();
    return REALM.token(PaperCca.platformClaims(key), REALM.realmClaims(key));
  }

  private static Outcome verify(Bytes token) {
    return CcaTokenVerifier.verify(token, REALM.key(), EXPECTED);
  }

  private static void refused(Reason reason, Outcome outcome) {
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, outcome);
    assertEquals(
        reason, refused.findings().getFirst().reason(), refused.findings().getFirst().message());
  }
}
