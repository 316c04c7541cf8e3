package dev.holdfast.attestation.rim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.x509.PathMemory;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RimVerifierTest {
  private static final Instant NOW = PaperLayers.NOW;
  private static final PaperManifest PAPER = new PaperManifest();
  private static final String GOOD = PAPER.signed(PaperManifest.TAG);

  private static Outcome verify(String document) {
    return RimVerifier.verify(Bytes.utf8(document), PAPER.anchors(), NOW);
  }

  private static Reason reason(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().getFirst().reason();
  }

  /** The same with one thing in it changed. */
  private static String changed(String from, String to) {
    String other = GOOD.replace(from, to);
    assertNotEquals(GOOD, other, "nothing to change: " + from);
    return other;
  }

  @Test
  void aSignedManifestIsBelieved() {
    Outcome.Proven proven = assertInstanceOf(Outcome.Proven.class, verify(GOOD));
    List<Claim> claims = proven.claims();
    assertTrue(
        claims.contains(
            new Claim.Measurement("rim/measurement/1/0", Bytes.fromHex("11".repeat(48)))));
    assertTrue(
        claims.contains(
            new Claim.Measurement("rim/measurement/2/1", Bytes.fromHex("33".repeat(48)))));
    assertTrue(claims.contains(new Claim.Word("rim/version", "1.0.7")));
    assertEquals(0, claims.stream().filter(c -> c.name().startsWith("rim/measurement/9")).count());
    assertTrue(
        claims.contains(new Claim.Measurement("rim/file/3/0", Bytes.fromHex("44".repeat(32)))));
  }

  @Test
  void aDocumentWithOneFlippedBitIsRefused() {
    PathMemory memory = new PathMemory(16);
    AtomicInteger free = new AtomicInteger();
    BitFlips.of(
        Bytes.utf8(GOOD),
        (flipped, bit) -> {
          if (RimVerifier.judge(flipped, PAPER.anchors(), NOW, memory)
              instanceof RimVerifier.Genuine genuine) {
            // What XML or base 64 does not tell apart: white space, spare bits, quotation marks.
            assertEquals(PAPER.manifest(), genuine.manifest(), "bit " + bit);
            free.incrementAndGet();
          }
        });
    assertTrue(free.get() < 300, "bits that nothing protects: " + free);
  }

  @Test
  void aManifestWithoutSignatureIsRefused() {
    assertEquals(Reason.SIGNATURE, reason(verify(PaperManifest.TAG)));
  }

  @Test
  void anotherRootOrTimeIsRefused() {
    Bytes document = Bytes.utf8(GOOD);
    assertEquals(
        Reason.CERT_CHAIN,
        reason(RimVerifier.verify(document, new PaperManifest().anchors(), NOW)));
    assertEquals(
        Reason.CERT_EXPIRED,
        reason(RimVerifier.verify(document, PAPER.anchors(), PaperLayers.END.plusSeconds(1))));
  }

  @Test
  void aChangedDigestIsRefused() {
    assertEquals(
        Reason.SIGNATURE, reason(verify(changed("11".repeat(48), "12" + "11".repeat(47)))));
  }

  /** The signed document is put into another one, which is what would be read. */
  @Test
  void aWrappedDocumentIsRefused() {
    String inner = GOOD.replaceFirst("<\\?xml[^>]*>", "");
    String wrapped =
        PaperManifest.TAG
            .replace("11".repeat(48), "66".repeat(48))
            .replace("</SoftwareIdentity>", inner + "</SoftwareIdentity>");
    assertEquals(Reason.EVIDENCE_DUPLICATE, reason(verify(wrapped)));
  }

  @Test
  void aSecondSignatureIsRefused() {
    String signature = GOOD.substring(GOOD.indexOf("<ds:Signature "), GOOD.indexOf("</SoftwareI"));
    assertEquals(
        Reason.EVIDENCE_DUPLICATE,
        reason(verify(changed("</SoftwareIdentity>", signature + "</SoftwareIdentity>"))));
  }

  @Test
  void somethingUnsignedInsideTheSignatureIsRefused() {
    String object = "<ds:Object><Payload/></ds:Object></ds:Signature>";
    assertEquals(Reason.EVIDENCE_DUPLICATE, reason(verify(changed("</ds:Signature>", object))));
  }

  @Test
  void aSignatureOverAPartOrThroughATransformIsRefused() {
    assertEquals(Reason.EVIDENCE_DUPLICATE, reason(verify(changed("URI=\"\"", "URI=\"#part\""))));
    assertEquals(Reason.EVIDENCE_DUPLICATE, reason(verify(changed(" URI=\"\"", ""))));
    assertEquals(
        Reason.EVIDENCE_DUPLICATE,
        reason(
            verify(
                changed(
                    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                    "http://www.w3.org/TR/1999/REC-xslt-19991116"))));
  }

  @Test
  void weakAlgorithmsAreRefused() {
    assertEquals(
        Reason.ALG_WEAK,
        reason(
            verify(
                changed(
                    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"))));
    assertEquals(
        Reason.ALG_WEAK,
        reason(
            verify(
                changed(
                    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                    "http://www.w3.org/2000/09/xmldsig#hmac-sha1"))));
    assertEquals(
        Reason.ALG_WEAK,
        reason(
            verify(
                changed(
                    "http://www.w3.org/2001/04/xmldsig-more#sha384",
                    "http://www.w3.org/2000/09/xmldsig#sha1"))));
  }

  @Test
  void entitiesAndDocumentTypesAreRefused() {
    String body = GOOD.replaceFirst("<\\?xml[^>]*>", "");
    for (String type :
        List.of(
            "<!DOCTYPE SoftwareIdentity>",
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]>",
            "<!DOCTYPE a [<!ENTITY c \"xx\"><!ENTITY d \"&c;&c;&c;\">]>",
            "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\">")) {
      assertEquals(Reason.EVIDENCE_MALFORMED, reason(verify(type + body)));
    }
  }

  @Test
  void depthAndLengthAreBounded() {
    assertEquals(
        Reason.EVIDENCE_MALFORMED, reason(verify("<a>".repeat(10_000) + "</a>".repeat(10_000))));
    assertEquals(
        Reason.EVIDENCE_MALFORMED,
        reason(
            RimVerifier.verify(
                Bytes.of(new byte[SecureXml.DOCUMENT_MAX_BYTES + 1]), PAPER.anchors(), NOW)));
    assertEquals(Reason.EVIDENCE_MALFORMED, reason(verify("")));
    assertEquals(Reason.EVIDENCE_MALFORMED, reason(verify("<other/>")));
  }

  @Test
  void whatIsSignedAndStillNotWellFormedAsAManifestIsRefused() {
    for (String tag :
        List.of(
            PaperManifest.TAG.replace("alternatives=\"2\"", "alternatives=\"3\""),
            PaperManifest.TAG.replace("index=\"2\"", "index=\"1\""),
            PaperManifest.TAG.replace("index=\"2\"", "index=\"900\""),
            PaperManifest.TAG.replace("11".repeat(48), "11".repeat(47)),
            PaperManifest.TAG.replace("11".repeat(48), "xx".repeat(48)),
            PaperManifest.TAG.replace(" tagId=\"paper-1\"", ""))) {
      assertEquals(Reason.EVIDENCE_SCHEMA, reason(verify(PAPER.signed(tag))));
    }
  }
}
