package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.snp.SnpExpectation.Allowance;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves what an attestation report of a SEV-SNP guest says, in stages from cheap to dear: it stops
 * after the first stage with findings, and lists all findings of that stage. Never throws, whatever
 * the evidence.
 *
 * <p>The stages: the report's form; what is asked of its fields; the path from the endorsement key
 * to an anchor; what the key's certificate says; the signature; whether report and certificate
 * belong together.
 */
public final class SnpReportVerifier {
  private static final int ECDSA_P384_SHA384 = 1;
  private static final int P384_BYTES = 48;
  private static final int SIGNATURE_HALF = 72;

  private final SnpReport report;
  private final SnpExpectation expectation;
  private final List<Finding> findings = new ArrayList<>();

  private SnpReportVerifier(SnpReport report, SnpExpectation expectation) {
    this.report = report;
    this.expectation = expectation;
  }

  /**
   * Verifies a report.
   *
   * @param evidence the report and its certificates
   * @param expectation what it must show
   * @param anchors AMD's root keys, ARK, of the products that are trusted, with their revocation
   *     lists; none is built in
   * @param at the only clock
   */
  public static Outcome verify(
      SnpEvidence evidence, SnpExpectation expectation, Anchors anchors, Instant at) {
    return verify(evidence, expectation, anchors, at, PathMemory.none());
  }

  /**
   * Verifies a report, with what is remembered of earlier paths.
   *
   * @param evidence the report and its certificates
   * @param expectation what it must show
   * @param anchors AMD's root keys, ARK, of the products that are trusted, with their revocation
   *     lists; none is built in
   * @param at the only clock
   */
  public static Outcome verify(
      SnpEvidence evidence,
      SnpExpectation expectation,
      Anchors anchors,
      Instant at,
      PathMemory memory) {
    try {
      SnpReport report = SnpReport.parse(evidence.report());
      return new SnpReportVerifier(report, expectation).judge(evidence, anchors, at, memory);
    } catch (SnpReport.UnknownVersion e) {
      return new Outcome.Refused(
          Finding.against(
                  Reason.QUOTE_VERSION,
                  "the report is of version " + e.version() + ", and only 2 to 5 are known")
              .at("snp/report")
              .expecting(List.of("2", "3", "4", "5"))
              .finding(Long.toString(e.version()))
              .remedy("Run firmware whose reports are of version 2 to 5."));
    } catch (MalformedException e) {
      return malformed("the report cannot be read: " + e.words());
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return malformed("verification failed with " + e.getClass().getSimpleName());
    }
  }

  private Outcome judge(SnpEvidence evidence, Anchors anchors, Instant at, PathMemory memory) {
    checkSigner();
    checkBinding();
    checkGuest();
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    List<Bytes> certificates = new ArrayList<>(List.of(evidence.endorsementKey()));
    certificates.addAll(evidence.certificates());
    PathRules rules =
        expectation.allows(Allowance.NO_REVOCATION_LIST)
            ? PathRules.ANY_ORDER
            : PathRules.ANY_ORDER.requiring(PathRules.Revocation.OF_AUTHORITIES);
    return switch (CertificatePath.judge(certificates, anchors, rules, at, memory)) {
      case CertificatePath.Unsound unsound -> new Outcome.Refused(unsound.finding());
      case CertificatePath.Sound sound -> judge(sound);
    };
  }

  private Outcome judge(CertificatePath.Sound path) {
    EndorsementKeyCertificate certificate;
    try {
      certificate = EndorsementKeyCertificate.of(path.leaf());
    } catch (MalformedException e) {
      return malformed("the endorsement key's certificate cannot be read: " + e.words());
    }
    checkCertificate(certificate, path.leaf().getPublicKey());
    if (findings.isEmpty()) {
      checkSignature(path.leaf().getPublicKey());
    }
    if (findings.isEmpty()) {
      checkTcb(certificate);
      checkChip(certificate);
    }
    return findings.isEmpty()
        ? new Outcome.Proven(SnpClaims.of(report, certificate), Optional.of(path.notAfter()))
        : new Outcome.Refused(findings);
  }

  private void checkSigner() {
    SnpSigner signer = report.signerInfo().key();
    if (signer == SnpSigner.NONE || !expectation.signers().contains(signer)) {
      findings.add(
          Finding.against(Reason.SNP_KEY, "the report is signed by another kind of key")
              .at("snp/signer")
              .expecting(expectation.signers().stream().map(Enum::name).sorted().toList())
              .finding(signer.name())
              .remedy("Ask the host for a report signed by a key of the kind required."));
    } else if (report.signatureAlgorithm() != ECDSA_P384_SHA384) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the report is signed with an unknown algorithm")
              .at("snp/signature-algorithm")
              .expecting("1")
              .finding(Long.toString(report.signatureAlgorithm()))
              .remedy("Send the report as the firmware made it: there is one algorithm."));
    }
  }

  private void checkBinding() {
    expectation
        .reportData()
        .filter(data -> !data.equals(report.reportData()))
        .ifPresent(
            data ->
                findings.add(
                    Finding.against(Reason.REPORT_DATA, "the report binds other data than expected")
                        .at("snp/report-data")
                        .remedy("Ask the guest for a report over the data of this exchange.")));
    expectation
        .boundData()
        .filter(data -> !Sha256.of(data).equals(report.reportData().slice(0, Sha256.LENGTH)))
        .ifPresent(
            data ->
                findings.add(
                    Finding.against(
                            Reason.EVIDENCE_SPLICE,
                            "the report does not begin its data with the SHA-256 of what came with"
                                + " it")
                        .at("snp/report-data")
                        .remedy("Send the report and the data that it was made over.")));
    expectation
        .hostData()
        .filter(data -> !data.equals(report.hostData()))
        .ifPresent(
            data ->
                findings.add(
                    Finding.against(
                            Reason.EVIDENCE_SPLICE, "the guest was launched with other host data")
                        .at("snp/host-data")
                        .expecting(data.hex())
                        .finding(report.hostData().hex())
                        .remedy("Launch the guest with the host data expected, or expect this.")));
  }

  private void checkGuest() {
    if (report.policy().debug() && !expectation.allows(Allowance.DEBUG)) {
      findings.add(
          Finding.against(Reason.TEE_DEBUG, "the guest's policy lets the host read its memory")
              .at("tee/debug")
              .expecting("false")
              .finding("true")
              .remedy("Launch the guest with bit 19 of its policy clear."));
    }
    if (report.policy().migrationAgent() && !expectation.allows(Allowance.MIGRATION_AGENT)) {
      findings.add(
          Finding.against(Reason.SNP_POLICY, "the guest's policy allows a migration agent")
              .at("snp/policy/migration-agent")
              .expecting("false")
              .finding("true")
              .remedy("Launch the guest with bit 18 of its policy clear, or allow it."));
    }
    expectation
        .vmpl()
        .filter(level -> level != report.vmpl())
        .ifPresent(
            level ->
                findings.add(
                    Finding.against(Reason.SNP_VMPL, "another privilege level asked for the report")
                        .at("snp/vmpl")
                        .expecting(Integer.toString(level))
                        .finding(Long.toString(report.vmpl()))
                        .remedy("Ask at the level expected, or expect this one.")));
    if (!expectation.measurements().isEmpty()
        && !expectation.measurements().contains(report.measurement())) {
      findings.add(
          Finding.against(Reason.MEASUREMENT, "what was launched is not a reference value")
              .at("snp/measurement")
              .expecting(expectation.measurements().stream().map(Bytes::hex).sorted().toList())
              .finding(report.measurement().hex())
              .remedy("Launch the image that is allowed, or allow this measurement."));
    }
    if (!expectation.idKeyDigests().isEmpty()
        && !expectation.idKeyDigests().contains(report.idKeyDigest())) {
      findings.add(
          Finding.against(Reason.MEASUREMENT, "another key signed the guest's identity")
              .at("snp/id-key-digest")
              .expecting(expectation.idKeyDigests().stream().map(Bytes::hex).sorted().toList())
              .finding(report.idKeyDigest().hex())
              .remedy(
                  "Launch the guest with an identity by a key that is allowed, or allow this."));
    }
    SnpReport.Levels levels = report.levels();
    if (levels.provisional() && !expectation.allows(Allowance.PROVISIONAL_FIRMWARE)) {
      findings.add(
          Finding.against(
                  Reason.TCB_OUT_OF_DATE,
                  "the host can still go back from the firmware that it runs")
              .at("snp/tcb/committed")
              .expecting(levels.current().hex())
              .finding(levels.committed().hex())
              .remedy("Commit the firmware on the host, or allow provisional firmware."));
    }
  }

  private void checkCertificate(EndorsementKeyCertificate certificate, PublicKey key) {
    if (certificate.signer() != report.signerInfo().key()) {
      findings.add(
          Finding.against(Reason.SNP_KEY, "the certificate is for another kind of key")
              .at("snp/signer")
              .expecting(report.signerInfo().key().name())
              .finding(certificate.signer().name())
              .remedy("Send the certificate of the key that signed the report."));
    }
    boolean curve =
        key instanceof ECPublicKey ec
            && ec.getParams().getOrder().bitLength() == P384_BYTES * Byte.SIZE;
    if (!curve) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "an endorsement key is on the curve P-384, not this one")
              .at("snp/endorsement-key")
              .remedy("Send the certificate that AMD issued for the key."));
    }
    Optional<SnpProduct> processor =
        report.processor().flatMap(p -> SnpProduct.ofProcessor(p.family(), p.model()));
    if (report.processor().isPresent() && !processor.equals(Optional.of(certificate.product()))) {
      findings.add(
          product("the report's processor is not of the certificate's product")
              .expecting(certificate.product().word())
              .finding(processor.map(SnpProduct::word).orElse("unknown"))
              .remedy("Send the certificate of the processor that made the report."));
    }
    expectation.product().ifPresent(wanted -> checkProduct(certificate, wanted));
  }

  private void checkProduct(EndorsementKeyCertificate certificate, SnpExpectation.Product wanted) {
    boolean line =
        wanted.name().equals(certificate.productName())
            || wanted.name().equals(certificate.product().word());
    boolean stepping =
        wanted.stepping().isEmpty() || wanted.stepping().equals(certificate.stepping());
    if (!line || !stepping) {
      findings.add(
          product("the endorsement key is of another product")
              .expecting(wanted.name() + wanted.stepping().map(word -> "-" + word).orElse(""))
              .finding(certificate.productName())
              .remedy("Run the guest on the product that is required, or allow this one."));
    }
  }

  private static Finding product(String message) {
    return Finding.against(Reason.PRODUCT_MISMATCH, message).at("snp/product");
  }

  /** Both halves are little-endian in 72 bytes, of which 48 are used (table 115). */
  private void checkSignature(PublicKey key) {
    Bytes r = half(0);
    Bytes s = half(SIGNATURE_HALF);
    boolean fits =
        SnpReport.isZero(report.signature().slice(P384_BYTES, SIGNATURE_HALF))
            && SnpReport.isZero(
                report.signature().slice(SIGNATURE_HALF + P384_BYTES, report.signature().length()));
    Signatures.Signed signed =
        new Signatures.Signed(key, PcrBank.SHA384, report.signed(), Bytes.concat(r, s));
    if (!fits || !Signatures.verifyEcdsa(signed)) {
      findings.add(
          Finding.against(Reason.SIGNATURE, "the endorsement key did not sign the report")
              .at("snp/signature")
              .remedy("Send the report as the firmware made it, with the certificate of its key."));
    }
  }

  private Bytes half(int from) {
    byte[] bigEndian = new byte[P384_BYTES];
    for (int i = 0; i < P384_BYTES; i++) {
      bigEndian[P384_BYTES - 1 - i] = (byte) report.signature().at(from + i);
    }
    return Bytes.of(bigEndian);
  }

  private void checkTcb(EndorsementKeyCertificate certificate) {
    Bytes bytes = report.levels().reported();
    SnpTcb reported = SnpTcb.read(bytes, certificate.product());
    if (!reported.equals(certificate.tcb())
        || !SnpReport.isZero(SnpTcb.reserved(bytes, certificate.product()))) {
      findings.add(
          Finding.against(
                  Reason.TCB_MISMATCH,
                  "the TCB reported is not the one that the key is certified for")
              .at("snp/tcb/reported")
              .expecting(certificate.tcb().toString())
              .finding(reported.toString())
              .remedy("Send the certificate of the key for the TCB that the host reports."));
    }
    expectation
        .leastTcb()
        .filter(least -> !reported.isAtLeast(least))
        .ifPresent(
            least ->
                findings.add(
                    Finding.against(Reason.TCB_OUT_OF_DATE, "the TCB reported is below the least")
                        .at("snp/tcb/reported")
                        .expecting(least.toString())
                        .finding(reported.toString())
                        .remedy("Update and commit the host's firmware.")));
  }

  private void checkChip(EndorsementKeyCertificate certificate) {
    Optional<Bytes> chip = certificate.chipId();
    boolean masked = report.chipIdMasked();
    if (chip.isPresent()) {
      boolean same =
          masked
              ? expectation.allows(Allowance.MASKED_CHIP)
              : report.chipId().equals(padded(chip.get()));
      if (!same) {
        findings.add(
            chip(masked ? "the host masks the chip's identifier" : "the report is of another chip")
                .expecting(chip.get().hex())
                .finding(report.chipId().hex())
                .remedy(
                    masked
                        ? "Let the host show the chip's identifier, or allow that it is masked."
                        : "Send the certificate of the chip that made the report."));
      }
    }
    if (!expectation.chips().isEmpty()) {
      Bytes found = chip.orElse(report.chipId());
      boolean known =
          (chip.isPresent() || !masked)
              && expectation.chips().stream().anyMatch(one -> padded(one).equals(padded(found)));
      if (!known) {
        findings.add(
            chip("the report comes from a chip that is not expected")
                .expecting(expectation.chips().stream().map(Bytes::hex).sorted().toList())
                .finding(found.hex())
                .remedy("Run the guest on a chip that is expected, or expect this one."));
      }
    }
  }

  private static Finding chip(String message) {
    return Finding.against(Reason.SNP_CHIP, message).at("snp/chip-id");
  }

  /** A chip's identifier fills the field from its start. */
  private static Bytes padded(Bytes chip) {
    int length = SnpProduct.MILAN.chipIdLength();
    return chip.length() >= length
        ? chip
        : Bytes.concat(chip, Bytes.of(new byte[length - chip.length()]));
  }

  private static Outcome malformed(String message) {
    return new Outcome.Refused(
        Finding.against(Reason.EVIDENCE_MALFORMED, message)
            .at("snp/report")
            .remedy("Send the report as the firmware made it."));
  }
}
