package dev.holdfast.attestation.openenclave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.dcap.ReportDataRule;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

class OpenEnclaveVerifierTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final DcapCollateral COLLATERAL = PAPER.collateral(Frame.SGX_3);
  private static final DcapExpectation FREE = DcapExpectation.strict(PAPER.anchors());
  private static final DcapMemory MEMORY = DcapMemory.of(8, 4);
  private static final Bytes ENDORSEMENTS = endorsements();
  private static final String EVIDENCE_EXTENSION = "1.2.840.113556.10.1.2";
  private static final String REPORT_EXTENSION = "1.2.840.113556.10.1.1";

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Bytes bytes(ByteBuffer buffer) {
    byte[] content = new byte[buffer.capacity()];
    buffer.rewind().get(content);
    return Bytes.of(content);
  }

  private static Bytes quoteOver(Bytes data) {
    byte[] hash = Sha256.of(data).toByteArray();
    return PAPER.quote(
        Frame.SGX_3,
        body -> {
          java.util.Arrays.fill(body, 320, 384, (byte) 0);
          System.arraycopy(hash, 0, body, 320, hash.length);
        });
  }

  private static Bytes report(Bytes quote) {
    ByteBuffer head = buffer(16).putInt(1).putInt(2).putLong(quote.length());
    return Bytes.concat(bytes(head), quote);
  }

  private static Bytes wrapped(OpenEnclaveEvidence.Format format, Bytes data) {
    ByteBuffer head = buffer(32).putInt(3).put(format.uuid().toByteArray()).putInt(0);
    head.putLong(data.length());
    return Bytes.concat(bytes(head), data);
  }

  private static Bytes claims(String... namesAndValues) {
    List<Bytes> parts = new ArrayList<>();
    parts.add(bytes(buffer(16).putLong(1).putLong(namesAndValues.length / 2)));
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Bytes name = Bytes.utf8(namesAndValues[i] + "\0");
      Bytes value = Bytes.utf8(namesAndValues[i + 1]);
      parts.add(bytes(buffer(16).putLong(name.length()).putLong(value.length())));
      parts.add(name);
      parts.add(value);
    }
    return Bytes.concat(parts.toArray(Bytes[]::new));
  }

  private static Bytes evidence(Bytes customClaims) {
    return wrapped(
        OpenEnclaveEvidence.Format.SGX_ECDSA, Bytes.concat(quoteOver(customClaims), customClaims));
  }

  private static Bytes endorsements() {
    Bytes zero = Bytes.of((byte) 0);
    List<Bytes> items =
        List.of(
            bytes(buffer(4).putInt(1)),
            Bytes.concat(COLLATERAL.tcbInfo().body(), zero),
            Bytes.concat(COLLATERAL.tcbInfo().chain().getFirst(), zero),
            Bytes.concat(COLLATERAL.pckCrl().body(), zero),
            Bytes.concat(Bytes.utf8(COLLATERAL.rootCrl().hex()), zero),
            Bytes.concat(COLLATERAL.pckCrl().chain().getFirst(), zero),
            Bytes.concat(COLLATERAL.qeIdentity().body(), zero),
            Bytes.concat(COLLATERAL.qeIdentity().chain().getFirst(), zero),
            Bytes.utf8("2026-03-01T00:00:00Z\0"));
    ByteBuffer offsets = buffer(4 * items.size());
    int at = 0;
    for (Bytes item : items) {
      offsets.putInt(at);
      at += item.length();
    }
    Bytes data = Bytes.concat(items.toArray(Bytes[]::new));
    ByteBuffer head = buffer(16).putInt(1).putInt(2);
    head.putInt(offsets.capacity() + data.length()).putInt(items.size());
    return Bytes.concat(bytes(head), bytes(offsets), data);
  }

  private static Outcome verify(Bytes evidence, DcapExpectation expectation) {
    return OpenEnclaveVerifier.verify(
        evidence, Optional.of(COLLATERAL), expectation, PaperDcap.NOW, MEMORY);
  }

  private static Outcome.Proven proven(Outcome outcome) {
    return assertInstanceOf(Outcome.Proven.class, outcome, outcome.toString());
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @Test
  void aRemoteReportIsProvenLikeItsQuote() {
    Outcome.Proven proven = proven(verify(report(PAPER.quote(Frame.SGX_3)), PAPER.expectation()));
    assertTrue(proven.claims().contains(new Claim.Word("oe/format", "legacy_report_remote")));
    assertEquals(
        List.of(Reason.COLLATERAL_MISSING),
        reasons(
            OpenEnclaveVerifier.verify(
                report(PAPER.quote(Frame.SGX_3)), Bytes.EMPTY, FREE, PaperDcap.NOW)));
  }

  @Test
  void customClaimsAreProvenByTheQuoteThatBindsThem() {
    Bytes claims = claims("role", "storage", "epoch", "7");
    Outcome.Proven proven = proven(verify(evidence(claims), FREE));
    assertTrue(
        proven.claims().contains(new Claim.Measurement("oe/claim/role", Bytes.utf8("storage"))));
    assertTrue(proven.claims().contains(new Claim.Measurement("oe/custom-claims", claims)));
    Bytes other =
        wrapped(
            OpenEnclaveEvidence.Format.SGX_ECDSA,
            Bytes.concat(quoteOver(claims), claims("role", "switch", "epoch", "7")));
    assertEquals(List.of(Reason.EVIDENCE_SPLICE), reasons(verify(other, FREE)));
  }

  @Test
  void customClaimsOfAnyFormAreProvenWhole() {
    Bytes plain = Bytes.utf8("not serialised");
    Outcome.Proven proven = proven(verify(evidence(plain), FREE));
    assertTrue(proven.claims().contains(new Claim.Measurement("oe/custom-claims", plain)));
    proven(verify(evidence(Bytes.EMPTY), FREE));
  }

  @Test
  void whatTheCallerAsksOfTheReportDataIsJudgedBesideTheClaims() {
    Bytes claims = claims("role", "storage");
    DcapExpectation asked =
        FREE.withReportData(new ReportDataRule.BeginsWithHashOf(Bytes.utf8("challenge")));
    assertEquals(List.of(Reason.EVIDENCE_SPLICE), reasons(verify(evidence(claims), asked)));
    proven(
        verify(evidence(claims), FREE.withReportData(new ReportDataRule.BeginsWithHashOf(claims))));
  }

  @Test
  void aRawQuoteAndAReportInsideAHeaderAreProven() {
    Bytes quote = PAPER.quote(Frame.SGX_3);
    proven(verify(wrapped(OpenEnclaveEvidence.Format.RAW_SGX_QUOTE_ECDSA, quote), FREE));
    proven(verify(wrapped(OpenEnclaveEvidence.Format.LEGACY_REPORT_REMOTE, report(quote)), FREE));
  }

  @Test
  void lengthsThatDoNotAddUpAreRefused() {
    Bytes report = report(PAPER.quote(Frame.SGX_3));
    Bytes evidence = evidence(claims("a", "b"));
    for (Bytes good : List.of(report, evidence)) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(verify(Bytes.concat(good, Bytes.of((byte) 0)), FREE)));
      for (int length = 0; length < good.length(); length += 11) {
        assertInstanceOf(Outcome.Refused.class, verify(good.slice(0, length), FREE), "" + length);
      }
    }
  }

  @Test
  void localReportsAndUnknownFormatsAreNamedAsSuch() {
    byte[] local = report(PAPER.quote(Frame.SGX_3)).toByteArray();
    local[4] = 1;
    byte[] unknown = evidence(Bytes.EMPTY).toByteArray();
    unknown[5] ^= 1;
    byte[] version = evidence(Bytes.EMPTY).toByteArray();
    version[0] = 2;
    assertEquals(List.of(Reason.FORMAT_UNSUPPORTED), reasons(verify(Bytes.of(local), FREE)));
    assertEquals(List.of(Reason.FORMAT_UNSUPPORTED), reasons(verify(Bytes.of(unknown), FREE)));
    assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(verify(Bytes.of(version), FREE)));
  }

  @Test
  void endorsementsCarryTheCollateral() {
    Bytes claims = claims("role", "storage");
    for (Bytes blob :
        List.of(ENDORSEMENTS, wrapped(OpenEnclaveEvidence.Format.SGX_ECDSA, ENDORSEMENTS))) {
      proven(OpenEnclaveVerifier.verify(evidence(claims), blob, FREE, PaperDcap.NOW));
    }
    OpenEnclaveEndorsements read =
        assertInstanceOf(
                OpenEnclaveEndorsements.Legible.class, OpenEnclaveEndorsements.parse(ENDORSEMENTS))
            .endorsements();
    assertEquals("2026-03-01T00:00:00Z", read.created());
    assertEquals(COLLATERAL.tcbInfo(), read.collateral().tcbInfo());
  }

  @Test
  void damagedEndorsementsAreRefusedAndNeverThrow() {
    Bytes evidence = evidence(Bytes.EMPTY);
    int lastOffset = 16 + 8 * 4;
    // Header and offsets: behind them everything is signed, or a certificate.
    BitFlips.in(
        ENDORSEMENTS,
        0,
        lastOffset + 4,
        (flipped, bit) -> {
          Outcome outcome = OpenEnclaveVerifier.verify(evidence, flipped, FREE, PaperDcap.NOW);
          if (bit / Byte.SIZE < lastOffset) {
            assertInstanceOf(Outcome.Refused.class, outcome, "bit " + bit);
          }
        });
    for (int length = 1; length < ENDORSEMENTS.length(); length += 97) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(
              OpenEnclaveVerifier.verify(
                  evidence, ENDORSEMENTS.slice(0, length), FREE, PaperDcap.NOW)));
    }
  }

  /** A certificate that signs itself, with evidence about its key. */
  private static Bytes certificate(String extension, boolean bound) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    String text =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(keys.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n\0";
    Bytes key = Bytes.utf8(bound ? text : text.replace("KEY", "kEY"));
    Bytes content = extension.equals(REPORT_EXTENSION) ? report(quoteOver(key)) : evidence(key);
    X500Principal name = new X500Principal("CN=Paper Open Enclave");
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(PaperDcap.BEGIN),
            Date.from(PaperDcap.END),
            name,
            keys.getPublic());
    builder.addExtension(
        new Extension(new ASN1ObjectIdentifier(extension), false, content.toByteArray()));
    return Bytes.of(
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
            .getEncoded());
  }

  @Test
  void aCertificateIsProvenByTheEvidenceAboutItsKey() throws Exception {
    for (String extension : List.of(REPORT_EXTENSION, EVIDENCE_EXTENSION)) {
      Outcome.Proven proven = proven(verify(certificate(extension, true), FREE));
      assertTrue(proven.claims().stream().anyMatch(claim -> claim.name().equals("oe/tls-key")));
      assertEquals(
          List.of(Reason.EVIDENCE_SPLICE), reasons(verify(certificate(extension, false), FREE)));
    }
  }

  @Test
  void aCertificateThatItsOwnKeyDidNotSignIsRefused() throws Exception {
    byte[] bytes = certificate(EVIDENCE_EXTENSION, true).toByteArray();
    bytes[bytes.length - 1] ^= 1;
    assertEquals(List.of(Reason.SIGNATURE), reasons(verify(Bytes.of(bytes), FREE)));
  }

  @Test
  void aCertificateOutsideItsTimeIsRefused() throws Exception {
    Instant late = PaperDcap.END.plusSeconds(1);
    assertEquals(
        List.of(Reason.CERT_EXPIRED),
        reasons(
            OpenEnclaveVerifier.verify(
                certificate(EVIDENCE_EXTENSION, true),
                Optional.of(COLLATERAL),
                FREE,
                late,
                MEMORY)));
  }

  @Test
  void aCertificateWithoutEvidenceIsRefused() {
    assertEquals(List.of(Reason.EVIDENCE_MALFORMED), reasons(verify(PAPER.root.der(), FREE)));
  }
}
