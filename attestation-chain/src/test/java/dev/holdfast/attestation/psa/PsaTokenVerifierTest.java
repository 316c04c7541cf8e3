package dev.holdfast.attestation.psa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PsaTokenVerifierTest {
  private static final String TFM = "tag:psacertified.org,2023:psa#tfm";
  private static final PaperPsa SERVICE = new PaperPsa();
  private static final PsaExpectation EXPECTED = PsaExpectation.STRICT.withNonce(PaperPsa.NONCE);

  @ParameterizedTest
  @ValueSource(strings = {"http://arm.com/psa/2.0.0", TFM})
  void aGoodTokenOfProfileTwoProvesItsClaims(String profile) {
    Outcome.Proven proven = proven(PaperPsa.claims(profile));
    assertTrue(proven.claims().contains(new Claim.Word("psa/profile", profile)));
    assertTrue(
        proven.claims().contains(new Claim.Measurement("psa/instance-id", PaperPsa.instance())));
    assertTrue(
        proven
            .claims()
            .contains(new Claim.Measurement("psa/software/1/measurement", PaperPsa.filled(32, 1))));
    assertTrue(proven.claims().contains(new Claim.BoundData(PaperPsa.NONCE)));
  }

  @Test
  void aGoodTokenOfProfileOneProvesItsClaimsWhetherItNamesItsProfileOrNot() {
    CBORObject claims = PaperPsa.claimsOne();
    Outcome.Proven named = proven(claims);
    claims.Remove(CBORObject.FromObject(-75000));
    assertEquals(named.claims(), proven(claims).claims());
  }

  @Test
  void everyFlippedBitIsRefused() {
    Bytes token = SERVICE.token(PaperPsa.claims(TFM));
    for (int bit = 0; bit < token.length() * 8; bit++) {
      byte[] flipped = token.toByteArray();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertInstanceOf(
          Outcome.Refused.class,
          PsaTokenVerifier.verify(Bytes.of(flipped), SERVICE.key(), PsaExpectation.STRICT),
          "bit " + bit);
    }
  }

  @Test
  void anotherKeyAnotherNonceAndACutTokenAreRefused() {
    Bytes token = SERVICE.token(PaperPsa.claims(TFM));
    refused(Reason.SIGNATURE, PsaTokenVerifier.verify(token, new PaperPsa().key(), EXPECTED));
    refused(
        Reason.NONCE_UNKNOWN,
        PsaTokenVerifier.verify(
            token, SERVICE.key(), PsaExpectation.STRICT.withNonce(PaperPsa.filled(48, 8))));
    refused(
        Reason.EVIDENCE_MALFORMED,
        PsaTokenVerifier.verify(token.slice(0, token.length() - 1), SERVICE.key(), EXPECTED));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, LIFECYCLE", "0x10ff, LIFECYCLE", "0x2000, LIFECYCLE", "0x4000, TEE_DEBUG",
    "0x5001, TEE_DEBUG", "0x60ff, LIFECYCLE", "0x7000, EVIDENCE_SCHEMA", "0x3100, EVIDENCE_SCHEMA",
    "0x10000, EVIDENCE_SCHEMA"
  })
  void onlyAPlatformInServiceIsReliedOn(String lifecycle, Reason reason) {
    CBORObject claims = PaperPsa.claims(TFM);
    claims.set(CBORObject.FromObject(2395), CBORObject.FromObject(Integer.decode(lifecycle)));
    refused(reason, claims);
  }

  @Test
  void anotherStateMayBeAllowed() {
    CBORObject claims = PaperPsa.claims(TFM);
    claims.set(CBORObject.FromObject(2395), CBORObject.FromObject(0x4000));
    PsaExpectation debug = EXPECTED.withLifecycles(EnumSet.of(Lifecycle.NON_ROT_DEBUG));
    assertInstanceOf(
        Outcome.Proven.class, PsaTokenVerifier.verify(SERVICE.token(claims), SERVICE.key(), debug));
  }

  @Test
  void everyMandatoryClaimMustBeThere() {
    for (int label : new int[] {10, 256, 2394, 2395, 2396, 2399}) {
      CBORObject claims = PaperPsa.claims(TFM);
      claims.Remove(CBORObject.FromObject(label));
      refused(Reason.EVIDENCE_SCHEMA, claims);
    }
    CBORObject one = PaperPsa.claimsOne();
    one.Remove(CBORObject.FromObject(-75004));
    refused(Reason.EVIDENCE_SCHEMA, one);
  }

  @Test
  void whatTheSchemaDoesNotAllowIsRefused() {
    schema(265, CBORObject.FromObject("another"));
    schema(265, CBORObject.FromObject(7));
    schema(10, CBORObject.FromObject(new byte[40]));
    schema(10, CBORObject.FromObject("text"));
    schema(256, CBORObject.FromObject(new byte[33]));
    schema(256, CBORObject.FromObject(new byte[32]));
    schema(2394, CBORObject.FromObject(1L << 31));
    schema(2396, CBORObject.FromObject(new byte[31]));
    schema(268, CBORObject.FromObject(new byte[33]));
    schema(2398, CBORObject.FromObject("1234"));
    schema(2400, CBORObject.FromObject(""));
    schema(2399, CBORObject.NewArray());
    schema(2399, CBORObject.NewArray().Add(CBORObject.NewMap().Add(2, new byte[32])));
    schema(
        2399,
        CBORObject.NewArray().Add(CBORObject.NewMap().Add(2, new byte[33]).Add(5, new byte[32])));
  }

  @Test
  void profileOneMaySayThatNothingIsMeasuredButNotBesideMeasurements() {
    CBORObject claims = PaperPsa.claimsOne().Add(-75007, 1);
    refused(Reason.EVIDENCE_SCHEMA, claims);
    claims.Remove(CBORObject.FromObject(-75006));
    proven(claims);
    claims.set(CBORObject.FromObject(-75007), CBORObject.FromObject(2));
    refused(Reason.EVIDENCE_SCHEMA, claims);
  }

  private static void schema(int label, CBORObject value) {
    CBORObject claims = PaperPsa.claims(TFM);
    claims.set(CBORObject.FromObject(label), value);
    refused(Reason.EVIDENCE_SCHEMA, claims);
  }

  private static Outcome.Proven proven(CBORObject claims) {
    return assertInstanceOf(
        Outcome.Proven.class,
        PsaTokenVerifier.verify(SERVICE.token(claims), SERVICE.key(), EXPECTED));
  }

  private static void refused(Reason reason, CBORObject claims) {
    refused(reason, PsaTokenVerifier.verify(SERVICE.token(claims), SERVICE.key(), EXPECTED));
  }

  private static void refused(Reason reason, Outcome outcome) {
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, outcome);
    assertEquals(
        reason, refused.findings().getFirst().reason(), refused.findings().getFirst().message());
  }
}
