package dev.holdfast.attestation.cose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.crypto.PublicKeys;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CoseSign1VerifierTest {
  private static final Bytes PAYLOAD = Bytes.utf8("what was measured");
  private static final PaperCose SIGNER = PaperCose.of(CoseAlgorithm.ES256);
  private static final PublicKey KEY = SIGNER.pair().getPublic();
  private static final Bytes ES256 = Bytes.fromHex("a10126");

  @ParameterizedTest
  @EnumSource(CoseAlgorithm.class)
  void aMessageOfEveryAlgorithmIsProvenByItsKeyAndByNoOtherBytes(CoseAlgorithm algorithm) {
    PaperCose signer = PaperCose.of(algorithm);
    PublicKey key = PublicKeys.parse(signer.publicKey());
    Bytes message = signer.message(PAYLOAD);
    proven(message, key, CoseExpectation.STRICT);
    byte[] bad = message.toByteArray();
    bad[bad.length - 1] ^= 1;
    refused(Reason.SIGNATURE, Bytes.of(bad), key, CoseExpectation.STRICT);
  }

  @Test
  void everyFlippedBitIsRefused() {
    Bytes message = SIGNER.message(PAYLOAD);
    for (int bit = 0; bit < message.length() * 8; bit++) {
      byte[] flipped = message.toByteArray();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Outcome outcome = CoseSign1Verifier.verify(Bytes.of(flipped), KEY, CoseExpectation.STRICT);
      assertInstanceOf(Outcome.Refused.class, outcome, "bit " + bit);
    }
  }

  @Test
  void everyPrefixIsMalformed() {
    Bytes message = SIGNER.message(PAYLOAD);
    for (int length = 0; length < message.length(); length++) {
      refused(Reason.EVIDENCE_MALFORMED, message.slice(0, length), KEY, CoseExpectation.STRICT);
    }
  }

  @Test
  void aByteAfterTheMessageIsMalformed() {
    Bytes message = Bytes.concat(SIGNER.message(PAYLOAD), Bytes.of((byte) 0));
    refused(Reason.EVIDENCE_MALFORMED, message, KEY, CoseExpectation.STRICT);
  }

  @Test
  void aMessageWithoutItsTagIsReadTheSame() {
    proven(encoded(parts()), KEY, CoseExpectation.STRICT);
  }

  @Test
  void aMessageUnderAnotherTagIsMalformed() {
    Bytes message = encoded(parts().WithTag(98));
    refused(Reason.EVIDENCE_MALFORMED, message, KEY, CoseExpectation.STRICT);
  }

  @Test
  void externalDataIsSigned() {
    Bytes aad = Bytes.utf8("channel");
    Bytes message =
        SIGNER.message(CBORObject.NewMap().Add(1, CoseAlgorithm.ES256.number()), PAYLOAD, aad);
    proven(message, KEY, CoseExpectation.STRICT.withExternalAad(aad));
    refused(Reason.SIGNATURE, message, KEY, CoseExpectation.STRICT);
  }

  @Test
  void aDetachedPayloadIsTheOneThatIsGiven() {
    CBORObject parts = parts();
    parts.set(2, CBORObject.Null);
    Bytes message = encoded(parts);
    proven(message, KEY, CoseExpectation.STRICT.withDetachedPayload(PAYLOAD));
    refused(Reason.EVIDENCE_MALFORMED, message, KEY, CoseExpectation.STRICT);
    refused(
        Reason.SIGNATURE,
        message,
        KEY,
        CoseExpectation.STRICT.withDetachedPayload(Bytes.utf8("another")));
  }

  @Test
  void twoPayloadsAreRefused() {
    refused(
        Reason.EVIDENCE_DUPLICATE,
        SIGNER.message(PAYLOAD),
        KEY,
        CoseExpectation.STRICT.withDetachedPayload(Bytes.utf8("another")));
  }

  @Test
  void anAlgorithmThatIsNotProtectedDoesNotCount() {
    CBORObject parts = SIGNER.parts(Bytes.EMPTY, PAYLOAD, Bytes.EMPTY);
    parts.get(1).Add(1, CoseAlgorithm.ES256.number());
    refused(Reason.TOKEN_ALG, encoded(parts), KEY, CoseExpectation.STRICT);
  }

  @Test
  void anAlgorithmOfAnotherKeyIsRefused() {
    Bytes message =
        SIGNER.message(
            CBORObject.NewMap().Add(1, CoseAlgorithm.ES384.number()), PAYLOAD, Bytes.EMPTY);
    refused(Reason.TOKEN_ALG, message, KEY, CoseExpectation.STRICT);
    refused(
        Reason.TOKEN_ALG,
        SIGNER.message(PAYLOAD),
        PaperCose.ec("secp384r1").getPublic(),
        CoseExpectation.STRICT);
  }

  @Test
  void anAlgorithmThatIsNotAllowedIsRefused() {
    refused(
        Reason.TOKEN_ALG,
        SIGNER.message(PAYLOAD),
        KEY,
        CoseExpectation.STRICT.withAlgorithms(EnumSet.of(CoseAlgorithm.ES384)));
  }

  @Test
  void whatMustBeUnderstoodAndIsNotIsRefused() {
    CBORObject header =
        CBORObject.NewMap()
            .Add(1, CoseAlgorithm.ES256.number())
            .Add(2, CBORObject.NewArray().Add(77))
            .Add(77, "?");
    Bytes message = SIGNER.message(header, PAYLOAD, Bytes.EMPTY);
    refused(Reason.FORMAT_UNSUPPORTED, message, KEY, CoseExpectation.STRICT);
    proven(message, KEY, CoseExpectation.STRICT.understanding(Set.of(77L)));
  }

  @Test
  void critThatNamesWhatIsNotThereOrNothingIsMalformed() {
    for (CBORObject crit :
        new CBORObject[] {CBORObject.NewArray(), CBORObject.NewArray().Add(3), CBORObject.True}) {
      CBORObject header = CBORObject.NewMap().Add(1, CoseAlgorithm.ES256.number()).Add(2, crit);
      Bytes message = SIGNER.message(header, PAYLOAD, Bytes.EMPTY);
      refused(Reason.EVIDENCE_MALFORMED, message, KEY, CoseExpectation.STRICT);
    }
  }

  @Test
  void aParameterInBothHeadersIsMalformed() {
    CBORObject parts = parts();
    parts.get(1).Add(1, CoseAlgorithm.ES256.number());
    refused(Reason.EVIDENCE_MALFORMED, encoded(parts), KEY, CoseExpectation.STRICT);
  }

  @Test
  void aHeaderThatIsNoByteStringOrHoldsNoMapIsMalformed() {
    CBORObject map = parts();
    map.set(0, CBORObject.NewMap().Add(1, CoseAlgorithm.ES256.number()));
    refused(Reason.EVIDENCE_MALFORMED, encoded(map), KEY, CoseExpectation.STRICT);
    CBORObject array = SIGNER.parts(Bytes.fromHex("820126"), PAYLOAD, Bytes.EMPTY);
    refused(Reason.EVIDENCE_MALFORMED, encoded(array), KEY, CoseExpectation.STRICT);
    CBORObject twice = SIGNER.parts(Bytes.fromHex("a201260126"), PAYLOAD, Bytes.EMPTY);
    refused(Reason.EVIDENCE_MALFORMED, encoded(twice), KEY, CoseExpectation.STRICT);
  }

  @Test
  void aSignatureOfZerosIsRefused() {
    CBORObject parts = parts();
    parts.set(3, CBORObject.FromObject(new byte[64]));
    refused(Reason.SIGNATURE, encoded(parts), KEY, CoseExpectation.STRICT);
  }

  private static CBORObject parts() {
    return SIGNER.parts(ES256, PAYLOAD, Bytes.EMPTY);
  }

  private static Bytes encoded(CBORObject item) {
    return Bytes.of(item.EncodeToBytes());
  }

  private static void proven(Bytes message, PublicKey key, CoseExpectation expectation) {
    assertInstanceOf(Outcome.Proven.class, CoseSign1Verifier.verify(message, key, expectation));
  }

  private static void refused(
      Reason reason, Bytes message, PublicKey key, CoseExpectation expectation) {
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class, CoseSign1Verifier.verify(message, key, expectation));
    assertEquals(reason, refused.findings().getFirst().reason());
  }
}
