package dev.holdfast.conformance;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.nitro.PaperNitro;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PaperCertificate;
import dev.holdfast.proto.attestation.v1.AwsNitroDocument;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.SevSnpReport;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Certificates behind evidence that prove nothing (C10 to C13), through the API: an enclave whose
 * documents carry their certificates in a bag.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CertificateTest {
  private static final PaperNitro MODULE = new PaperNitro();
  private static final KeyPair ROOT = PaperCertificate.ec("P-256");
  private static final KeyPair MIDDLE = PaperCertificate.ec("P-256");
  private static final Bytes ROOT_CERTIFICATE = authority("CN=root", ROOT, "CN=root");
  private static final Bytes MIDDLE_CERTIFICATE = authority("CN=middle", MIDDLE, "CN=root");
  private static final int FLOOD = 10_000;

  private Site site;
  private Distrust distrust;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site =
        TeeZone.site(
            directory,
            CertificateTest::rules,
            with(leaf().signedBy(MIDDLE), MIDDLE_CERTIFICATE, ROOT_CERTIFICATE));
    distrust = new Distrust(site);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  /** Enclaves may also be those of the module on paper; there are no revocation lists. */
  private static ZoneRules rules(ZoneRules usual) {
    ZoneRules zone = TeeZone.rules(usual, TeeRules.STRICT, List.of(TeeZone.GOOD));
    Map<String, Set<Bytes>> registers = new HashMap<>();
    for (int i = 0; i < 3; i++) {
      registers.put("nitro/pcr/" + i, Set.of(PaperNitro.pcr(i)));
    }
    Anchors anchors = Anchors.parse(List.of(ROOT_CERTIFICATE), List.of());
    return Zones.under(
        new PolicyRevision(
            zone.policy(), Zones.saying(zone.references(), Role.ENCLAVE, registers), false),
        TeeZone.anchored(zone, EvidenceFormat.AWS_NITRO, anchors));
  }

  private static Bytes authority(String name, KeyPair keys, String issuer) {
    return new PaperCertificate(name, keys, issuer).ofAuthority().signedBy(ROOT);
  }

  /** Of the key that signs documents, by the authority in the middle unless another signs it. */
  private static PaperCertificate leaf() {
    return leaf("CN=middle");
  }

  private static PaperCertificate leaf(String issuer) {
    return new PaperCertificate("CN=enclave", MODULE.keys(), issuer);
  }

  /** An enclave that shows a certificate for itself, and others in a bag. */
  private static PaperGuest with(Bytes certificate, Bytes... bag) {
    CBORObject bundle = CBORObject.NewArray();
    for (Bytes other : bag) {
      bundle.Add(other.toByteArray());
    }
    return PaperGuest.nitro(
        MODULE,
        content -> content.Set("certificate", certificate.toByteArray()).Set("cabundle", bundle));
  }

  private void refused(PaperGuest guest, Code code, String reason) {
    distrust.follows(TeeZone.GUEST, Manner.stating(guest), code, reason);
  }

  private void noPath(PaperGuest guest) {
    refused(guest, Code.UNAUTHENTICATED, "CERT_CHAIN");
  }

  private void weak(PaperGuest guest) {
    refused(guest, Code.PERMISSION_DENIED, "ALG_WEAK");
  }

  private void malformed(Bytes certificate) {
    refused(
        with(certificate, MIDDLE_CERTIFICATE, ROOT_CERTIFICATE),
        Code.INVALID_ARGUMENT,
        "DER_MALFORMED");
  }

  @Test
  void c10_aGoodCertificateBesideTheRealSignerProvesNothing() {
    KeyPair stranger = PaperCertificate.ec("P-256");
    Bytes strange =
        new PaperCertificate("CN=strange", stranger, "CN=strange").ofAuthority().signedBy(stranger);
    Bytes good =
        new PaperCertificate("CN=good", PaperCertificate.ec("P-384"), "CN=middle").signedBy(MIDDLE);
    Bytes signer = leaf("CN=strange").signedBy(stranger);
    refused(
        with(signer, good, strange, MIDDLE_CERTIFICATE, ROOT_CERTIFICATE),
        Code.UNAUTHENTICATED,
        "SIGNER_NOT_ANCHORED");
    // Nor in its place: the document is signed by another key than that of the certificate.
    refused(
        with(good, signer, strange, MIDDLE_CERTIFICATE, ROOT_CERTIFICATE),
        Code.PERMISSION_DENIED,
        "SIGNATURE");
    noPath(with(signer, strange, MIDDLE_CERTIFICATE, ROOT_CERTIFICATE));
  }

  @Test
  void c11_weakKeysCurvesAndHashesAreRefused() {
    KeyPair shortKey = PaperCertificate.rsa(1024);
    weak(
        with(
            leaf("CN=short").signedBy(shortKey, "SHA256withRSA"),
            authority("CN=short", shortKey, "CN=root"),
            ROOT_CERTIFICATE));
    weak(with(leaf().signedBy(MIDDLE, "SHA1withECDSA"), MIDDLE_CERTIFICATE, ROOT_CERTIFICATE));
    for (String curve : List.of("P-224", "secp256k1")) {
      KeyPair other = PaperCertificate.ec(curve);
      weak(
          with(
              new PaperCertificate("CN=enclave", other, "CN=middle").signedBy(MIDDLE),
              MIDDLE_CERTIFICATE,
              ROOT_CERTIFICATE));
    }
  }

  @Test
  void c11_signaturesOfZeroAreRefused() {
    AlgorithmIdentifier named = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
    noPath(
        with(
            leaf().signedBy(MIDDLE, "SHA256withECDSA", named, _ -> zeros()),
            MIDDLE_CERTIFICATE,
            ROOT_CERTIFICATE));
    PaperGuest honest = with(leaf().signedBy(MIDDLE), MIDDLE_CERTIFICATE, ROOT_CERTIFICATE);
    refused(
        binding -> List.of(unsigned(honest.statements(binding).getFirst())),
        Code.PERMISSION_DENIED,
        "SIGNATURE");
  }

  private static byte[] zeros() {
    ASN1Encodable zero = new ASN1Integer(BigInteger.ZERO);
    try {
      return new DERSequence(new ASN1Encodable[] {zero, zero}).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same document with r and s of zero. */
  private static Evidence unsigned(Evidence evidence) {
    CBORObject message =
        CBORObject.DecodeFromBytes(evidence.getAwsNitro().getDocument().toByteArray());
    message.Set(3, new byte[96]);
    return Evidence.newBuilder()
        .setAwsNitro(
            AwsNitroDocument.newBuilder()
                .setDocument(PaperNode.wire(Bytes.of(message.EncodeToBytes()))))
        .build();
  }

  @Test
  void c12_issuersThatMayNotIssueAreRefused() {
    Bytes noAuthority = new PaperCertificate("CN=middle", MIDDLE, "CN=root").signedBy(ROOT);
    noPath(with(leaf().signedBy(MIDDLE), noAuthority, ROOT_CERTIFICATE));
    KeyPair last = PaperCertificate.ec("P-256");
    Bytes narrow =
        new PaperCertificate("CN=middle", MIDDLE, "CN=root")
            .with(Extension.basicConstraints, true, new BasicConstraints(0))
            .signedBy(ROOT);
    Bytes below = new PaperCertificate("CN=last", last, "CN=middle").ofAuthority().signedBy(MIDDLE);
    noPath(with(leaf("CN=last").signedBy(last), below, narrow, ROOT_CERTIFICATE));
    Bytes unknown =
        leaf().with(new ASN1ObjectIdentifier("1.2.3.4.5"), true, DERNull.INSTANCE).signedBy(MIDDLE);
    noPath(with(unknown, MIDDLE_CERTIFICATE, ROOT_CERTIFICATE));
    Bytes constrained =
        new PaperCertificate("CN=middle", MIDDLE, "CN=root")
            .ofAuthority()
            .with(
                Extension.nameConstraints,
                true,
                new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(host("site"))}, null))
            .signedBy(ROOT);
    Bytes named =
        leaf()
            .with(Extension.subjectAlternativeName, false, new GeneralNames(host("other")))
            .signedBy(MIDDLE);
    noPath(with(named, constrained, ROOT_CERTIFICATE));
  }

  private static GeneralName host(String name) {
    return new GeneralName(GeneralName.dNSName, name);
  }

  @Test
  void c12_tenThousandCertificatesAreRefusedUnread() {
    Bytes small = leaf().signedBy(MIDDLE);
    PaperGuest flood =
        binding ->
            PaperGuest.snp(UnaryOperator.identity()).statements(binding).stream()
                .map(evidence -> flooded(evidence.getSevSnpReport(), small))
                .toList();
    noPath(flood);
  }

  private static Evidence flooded(SevSnpReport report, Bytes certificate) {
    return Evidence.newBuilder()
        .setSevSnpReport(
            report.toBuilder()
                .clearCertificates()
                .addCertificates(PaperNode.wire(PaperSnp.vcek()))
                .addAllCertificates(Collections.nCopies(FLOOD, PaperNode.wire(certificate))))
        .build();
  }

  @Test
  void c13_encodingsThatAreNoDerAreRefused() {
    Bytes good = leaf().signedBy(MIDDLE);
    Bytes content = good.slice(4, good.length());
    int length = content.length();
    malformed(Bytes.concat(Bytes.fromHex("3080"), content, Bytes.fromHex("0000")));
    malformed(
        Bytes.concat(
            Bytes.of((byte) 0x30, (byte) 0x83, (byte) 0, (byte) (length >> 8), (byte) length),
            content));
    malformed(Bytes.concat(good, Bytes.of((byte) 0)));
    ASN1Encodable nested = DERNull.INSTANCE;
    for (int i = 0; i < 64; i++) {
      nested = new DERSequence(nested);
    }
    malformed(leaf().with(Extension.subjectAlternativeName, false, nested).signedBy(MIDDLE));
  }
}
