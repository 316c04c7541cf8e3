package dev.holdfast.attestation.nitro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.Authority;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NitroVerifierTest {
  private static final PaperNitro MODULE = new PaperNitro();
  private static final CertificatePath.Anchors ANCHORS = MODULE.anchors();
  private static final Instant AT = Authority.NOW;
  private static final NitroExpectation EXPECTED =
      NitroExpectation.STRICT
          .withNonce(PaperNitro.NONCE)
          .withUserData(PaperNitro.USER_DATA)
          .withPublicKey(PaperNitro.PUBLIC_KEY)
          .withPcrs(Map.of(0, PaperNitro.pcr(0), 4, PaperNitro.pcr(4)));

  @Test
  void aGoodDocumentProvesItsRegistersUntilItsCertificatesEnd() {
    Outcome.Proven proven =
        assertInstanceOf(Outcome.Proven.class, verify(MODULE.document(MODULE.content()), EXPECTED));
    assertEquals(Optional.of(Authority.END), proven.notAfter());
    assertTrue(proven.claims().contains(new Claim.Measurement("nitro/pcr/4", PaperNitro.pcr(4))));
    assertTrue(proven.claims().contains(new Claim.BoundData(PaperNitro.NONCE)));
    assertTrue(proven.claims().contains(new Claim.Flag("tee/debug", false)));
  }

  @Test
  void aFlippedBitIsRefusedWhereverItIs() {
    PathMemory memory = new PathMemory(64);
    BitFlips.of(
        MODULE.document(MODULE.content()),
        (flipped, bit) ->
            assertInstanceOf(
                Outcome.Refused.class,
                NitroVerifier.verify(flipped, NitroExpectation.STRICT, ANCHORS, AT, memory),
                "bit " + bit));
  }

  @Test
  void aDocumentCutShortOrWithBytesAfterItIsMalformed() {
    Bytes document = MODULE.document(MODULE.content());
    for (int length = 0; length < document.length(); length += 7) {
      refused(Reason.EVIDENCE_MALFORMED, document.slice(0, length), EXPECTED);
    }
    refused(Reason.EVIDENCE_MALFORMED, Bytes.concat(document, Bytes.of((byte) 0)), EXPECTED);
  }

  @Test
  void everyFieldThatDiffersIsNamed() {
    Bytes other = Bytes.utf8("another");
    NitroExpectation expectation =
        new NitroExpectation(
            Map.of(1, other, 31, other),
            Optional.of(other),
            Optional.of(other),
            Optional.of(other),
            false);
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class, verify(MODULE.document(MODULE.content()), expectation));
    assertEquals(
        List.of(
            Reason.NONCE_UNKNOWN,
            Reason.REPORT_DATA,
            Reason.REPORT_DATA,
            Reason.MEASUREMENT,
            Reason.MEASUREMENT),
        refused.findings().stream().map(Finding::reason).toList());
    assertEquals("absent", refused.findings().getLast().found());
  }

  @Test
  void aNonceThatIsMissingOrNullIsNamedSo() {
    CBORObject content = MODULE.content();
    content.set("nonce", CBORObject.Null);
    refused(Reason.NONCE_MISSING, MODULE.document(content), EXPECTED);
    content.Remove(CBORObject.FromObject("nonce"));
    refused(Reason.NONCE_MISSING, MODULE.document(content), EXPECTED);
  }

  @Test
  void debugModeIsRefusedUnlessItIsAllowed() {
    CBORObject content = MODULE.content();
    content.get("pcrs").set(CBORObject.FromObject(0), CBORObject.FromObject(new byte[48]));
    Bytes document = MODULE.document(content);
    refused(Reason.TEE_DEBUG, document, NitroExpectation.STRICT);
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class, verify(document, NitroExpectation.STRICT.withDebugAllowed(true)));
    assertTrue(proven.claims().contains(new Claim.Flag("tee/debug", true)));
  }

  @Test
  void aPathToAnotherRootOrOutOfItsTimeIsRefused() {
    Bytes document = MODULE.document(MODULE.content());
    refused(
        Reason.CERT_CHAIN,
        NitroVerifier.verify(document, EXPECTED, new PaperNitro().anchors(), AT));
    refused(
        Reason.CERT_EXPIRED,
        NitroVerifier.verify(document, EXPECTED, ANCHORS, Authority.END.plusSeconds(1)));
    refused(
        Reason.CERT_EXPIRED,
        NitroVerifier.verify(document, EXPECTED, ANCHORS, Authority.BEGIN.minusSeconds(1)));
  }

  @Test
  void aDocumentThatAnotherModuleSignedIsRefused() {
    Bytes document = new PaperNitro().document(MODULE.content());
    refused(Reason.SIGNATURE, document, EXPECTED);
  }

  @Test
  void whatTheSchemaDoesNotAllowIsRefusedByName() {
    schema("module_id", CBORObject.FromObject(""));
    schema("module_id", CBORObject.FromObject(7));
    schema("digest", CBORObject.FromObject("SHA256"));
    schema("timestamp", CBORObject.FromObject(0));
    schema("pcrs", CBORObject.NewMap());
    schema("pcrs", CBORObject.NewMap().Add(32, new byte[48]));
    schema("pcrs", CBORObject.NewMap().Add(0, new byte[47]));
    schema("pcrs", CBORObject.NewMap().Add(1, new byte[48]));
    schema("certificate", CBORObject.FromObject(new byte[1025]));
    schema("cabundle", CBORObject.NewArray());
    schema("nonce", CBORObject.FromObject(new byte[1025]));
    schema("public_key", CBORObject.FromObject("text"));
    CBORObject content = MODULE.content();
    content.Remove(CBORObject.FromObject("pcrs"));
    refused(Reason.EVIDENCE_SCHEMA, MODULE.document(content), EXPECTED);
  }

  private static void schema(String member, CBORObject value) {
    CBORObject content = MODULE.content();
    content.set(member, value);
    refused(Reason.EVIDENCE_SCHEMA, MODULE.document(content), EXPECTED);
  }

  private static Outcome verify(Bytes document, NitroExpectation expectation) {
    return NitroVerifier.verify(document, expectation, ANCHORS, AT);
  }

  private static void refused(Reason reason, Bytes document, NitroExpectation expectation) {
    refused(reason, verify(document, expectation));
  }

  private static void refused(Reason reason, Outcome outcome) {
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, outcome);
    assertEquals(
        reason, refused.findings().getFirst().reason(), refused.findings().getFirst().message());
  }
}
