package dev.holdfast.attestation.parsec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.tpm2.Attest;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class ParsecKeyVerifierTest {
  private static final Bytes NONCE = Bytes.utf8("the nonce that was issued");
  private static final long BOUND_KEY = 0x00040072L;
  private static final PaperTpm TPM = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
  private static final AttestationKey SIGNER = trusted(TPM);
  private static final Bytes KEY = new PaperTpm(PaperTpm.Kind.ECDSA_P384, BOUND_KEY).akPublic();
  private static final ParsecExpectation EXPECTED = ParsecExpectation.STRICT.withNonce(NONCE);

  private static AttestationKey trusted(PaperTpm tpm) {
    return assertInstanceOf(
            AttestationKey.Accepted.class, AttestationKey.trusted(tpm.key().javaKey()))
        .key();
  }

  @Test
  void aGoodTokenProvesTheKeyAndTheQuotedDigest() {
    Outcome.Proven proven = assertInstanceOf(Outcome.Proven.class, verify(token(KEY), EXPECTED));
    Bytes name = TpmPublic.parse(KEY).name();
    assertTrue(proven.claims().contains(new Claim.Measurement("parsec/key-name", name)));
    assertTrue(
        proven.claims().contains(new Claim.Measurement("parsec/pcr-digest", quote().digest())));
    assertTrue(proven.claims().contains(new Claim.BoundData(NONCE)));
  }

  @Test
  void everyFlippedBitIsRefused() {
    Bytes token = token(KEY);
    for (int bit = 0; bit < token.length() * 8; bit++) {
      byte[] flipped = token.toByteArray();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertInstanceOf(Outcome.Refused.class, verify(Bytes.of(flipped), EXPECTED), "bit " + bit);
    }
  }

  @Test
  void anotherKeyThanTheCertifiedOneIsRefusedEvenIfItCannotBeRead() {
    Bytes other = new PaperTpm(PaperTpm.Kind.ECDSA_P384, BOUND_KEY).akPublic();
    refused(Reason.AK_CERTIFIED, token(KEY, other), EXPECTED);
    byte[] unreadable = KEY.toByteArray();
    unreadable[unreadable.length - 1] ^= 1;
    refused(Reason.AK_CERTIFIED, token(KEY, Bytes.of(unreadable)), EXPECTED);
    refused(Reason.EVIDENCE_MALFORMED, token(Bytes.of(unreadable), Bytes.of(unreadable)), EXPECTED);
  }

  @Test
  void anotherNonceOrNoneIsRefused() {
    refused(Reason.NONCE_UNKNOWN, token(KEY), ParsecExpectation.STRICT.withNonce(Bytes.utf8("x")));
    CBORObject parts = parts(KEY, KEY);
    Bytes attest = PaperTpm.encode(quote().withExtraData(Bytes.EMPTY));
    parts.get("pat").set("attestInfo", CBORObject.FromObject(attest.toByteArray()));
    refused(Reason.NONCE_MISSING, encoded(parts), EXPECTED);
  }

  @Test
  void anotherSignerIsRefused() {
    AttestationKey other = trusted(new PaperTpm(PaperTpm.Kind.ECDSA_P256));
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class, ParsecKeyVerifier.verify(token(KEY), other, EXPECTED));
    assertEquals(2, refused.findings().size());
    assertEquals(Reason.TPM_SIGNATURE, refused.findings().getFirst().reason());
  }

  @Test
  void aKeyThatCanLeaveItsTpmIsRefusedUnlessItIsAllowed() {
    Bytes portable = new PaperTpm(PaperTpm.Kind.ECDSA_P256, 0x00040060L).akPublic();
    refused(Reason.KEY_ATTRIBUTES, token(portable), EXPECTED);
    assertInstanceOf(
        Outcome.Proven.class, verify(token(portable), EXPECTED.withPortableKeyAllowed()));
  }

  @Test
  void aDigestThatIsNoReferenceValueIsRefused() {
    assertInstanceOf(
        Outcome.Proven.class, verify(token(KEY), EXPECTED.withPcrDigest(quote().digest())));
    refused(Reason.MEASUREMENT, token(KEY), EXPECTED.withPcrDigest(Bytes.of(new byte[32])));
  }

  @Test
  void aQuoteOfTheSha1BankIsRefused() {
    CBORObject parts = parts(KEY, KEY);
    Bytes attest = PaperTpm.encode(TPM.quote(NONCE, PcrSelection.of(PcrBank.SHA1, 0)));
    sign(parts.get("pat"), "attestInfo", attest);
    refused(Reason.TPM_PCR_BANK_WEAK, encoded(parts), EXPECTED);
  }

  @Test
  void partsInEachOthersPlaceAreRefused() {
    CBORObject parts = parts(KEY, KEY);
    sign(parts.get("pat"), "attestInfo", certify(KEY));
    refused(Reason.TPM_ATTEST_TYPE, encoded(parts), EXPECTED);
  }

  @Test
  void aTokenThatIsCutOrLacksAPartIsMalformed() {
    Bytes token = token(KEY);
    refused(Reason.EVIDENCE_MALFORMED, token.slice(0, token.length() - 1), EXPECTED);
    for (String member : new String[] {"tpmVer", "sig", "kid", "pubArea", "certInfo"}) {
      CBORObject parts = parts(KEY, KEY);
      parts.get("kat").Remove(CBORObject.FromObject(member));
      refused(Reason.EVIDENCE_MALFORMED, encoded(parts), EXPECTED);
    }
    CBORObject parts = parts(KEY, KEY);
    parts.get("kat").set("kid", CBORObject.FromObject(new byte[33]));
    refused(Reason.EVIDENCE_MALFORMED, encoded(parts), EXPECTED);
  }

  private static PaperTpm.Quote quote() {
    return TPM.quote(NONCE, PcrSelection.of(PcrBank.SHA256, 0, 7));
  }

  /** TPMS_ATTEST of type certify, for the name of a key. */
  private static Bytes certify(Bytes key) {
    byte[] digest = PcrBank.SHA256.hash(key).toByteArray();
    ByteBuffer out = ByteBuffer.allocate(512);
    out.putInt((int) Attest.TPM_GENERATED).putShort((short) Attest.CERTIFY);
    out.putShort((short) 0);
    out.putShort((short) NONCE.length()).put(NONCE.toByteArray());
    out.putLong(100_000).putInt(3).putInt(1).put((byte) 1).putLong(7);
    for (int i = 0; i < 2; i++) {
      out.putShort((short) 34).putShort((short) PcrBank.SHA256.algorithm()).put(digest);
    }
    return Bytes.copyOf(out.array(), 0, out.position());
  }

  private static void sign(CBORObject part, String name, Bytes attest) {
    part.set(name, CBORObject.FromObject(attest.toByteArray()));
    part.set("sig", CBORObject.FromObject(TPM.sign(attest).toByteArray()));
  }

  private static CBORObject parts(Bytes certified, Bytes sent) {
    CBORObject kat =
        CBORObject.NewMap()
            .Add("tpmVer", "2.0")
            .Add("kid", new byte[] {1, 2, 3})
            .Add("pubArea", sent.toByteArray());
    sign(kat, "certInfo", certify(certified));
    CBORObject pat = CBORObject.NewMap().Add("tpmVer", "2.0").Add("kid", new byte[] {1, 2, 3});
    sign(pat, "attestInfo", PaperTpm.encode(quote()));
    return CBORObject.NewMap().Add("kat", kat).Add("pat", pat);
  }

  private static Bytes token(Bytes key) {
    return token(key, key);
  }

  private static Bytes token(Bytes certified, Bytes sent) {
    return encoded(parts(certified, sent));
  }

  private static Bytes encoded(CBORObject parts) {
    return Bytes.of(parts.EncodeToBytes());
  }

  private static Outcome verify(Bytes token, ParsecExpectation expectation) {
    return ParsecKeyVerifier.verify(token, SIGNER, expectation);
  }

  private static void refused(Reason reason, Bytes token, ParsecExpectation expectation) {
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, verify(token, expectation));
    assertEquals(
        reason, refused.findings().getFirst().reason(), refused.findings().getFirst().message());
  }
}
