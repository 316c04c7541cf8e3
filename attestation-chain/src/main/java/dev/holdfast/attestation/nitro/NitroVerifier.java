package dev.holdfast.attestation.nitro;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Proves what an attestation document of an AWS Nitro Enclave says, in stages from cheap to dear:
 * its structure, its fields, the path of its certificate, its signature. It stops after the first
 * stage with findings, and lists all findings of that stage. Never throws, whatever the document.
 */
public final class NitroVerifier {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 32 * 1024;

  private static final CoseExpectation SIGNED =
      CoseExpectation.STRICT.withAlgorithms(EnumSet.of(CoseAlgorithm.ES384));
  private static final int DIGITAL_SIGNATURE = 0;
  private static final String DOCUMENT = "nitro/document";

  private NitroVerifier() {}

  /**
   * Verifies a document.
   *
   * @param document the COSE_Sign1 message as the Nitro Security Module returned it
   * @param expectation what it must show
   * @param anchors the roots trusted: AWS publishes one for all regions
   */
  public static Outcome verify(
      Bytes document, NitroExpectation expectation, Anchors anchors, Instant at) {
    return verify(document, expectation, anchors, at, PathMemory.none());
  }

  /** Verifies a document, with what is remembered of certificates seen before. */
  public static Outcome verify(
      Bytes document,
      NitroExpectation expectation,
      Anchors anchors,
      Instant at,
      PathMemory memory) {
    try {
      return judge(document, expectation, anchors, at, memory);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  private static Outcome judge(
      Bytes bytes, NitroExpectation expectation, Anchors anchors, Instant at, PathMemory memory) {
    CoseSign1 message;
    Cbor payload;
    try {
      message = CoseSign1.parse(bytes, MAX_BYTES);
      payload =
          Cbor.parse(
              message
                  .payload()
                  .orElseThrow(() -> new MalformedException("the message carries no payload")),
              Cbor.Limits.of(MAX_BYTES),
              "the attestation document");
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the document cannot be read: " + e.words()));
    }
    NitroDocument document;
    try {
      document = NitroDocument.read(payload);
    } catch (MalformedException e) {
      return new Outcome.Refused(
          Finding.against(
                  Reason.EVIDENCE_SCHEMA, "the document is not what its schema says: " + e.words())
              .at(DOCUMENT)
              .remedy("Send the document as the Nitro Security Module returned it."));
    }
    List<Finding> findings = new ArrayList<>();
    checkFields(document, expectation, findings);
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    return switch (CertificatePath.judge(
        document.path(), anchors, PathRules.ANY_ORDER, at, memory)) {
      case CertificatePath.Unsound unsound -> new Outcome.Refused(unsound.finding());
      case CertificatePath.Sound sound -> {
        checkSigner(message, sound.leaf(), findings);
        yield findings.isEmpty()
            ? new Outcome.Proven(claims(document), Optional.of(sound.notAfter()))
            : new Outcome.Refused(findings);
      }
    };
  }

  private static void checkFields(
      NitroDocument document, NitroExpectation expectation, List<Finding> findings) {
    checkNonce(document, expectation, findings);
    checkData("user-data", document.userData(), expectation.userData(), findings);
    checkData("public-key", document.publicKey(), expectation.publicKey(), findings);
    if (document.isDebug() && !expectation.debugAllowed()) {
      findings.add(
          Finding.against(
                  Reason.TEE_DEBUG,
                  "the enclave runs in debug mode: its registers are zero and its memory can be"
                      + " read from outside")
              .at(pcr(NitroDocument.IMAGE))
              .remedy("Start the enclave without debug mode."));
    }
    new TreeMap<>(expectation.pcrs())
        .forEach(
            (index, value) -> {
              Optional<Bytes> found = Optional.ofNullable(document.pcrs().get(index));
              if (found.filter(value::equals).isEmpty()) {
                findings.add(
                    Finding.against(
                            Reason.MEASUREMENT,
                            "register " + index + " does not hold the reference value")
                        .at(pcr(index))
                        .expecting(value.hex())
                        .finding(found.map(Bytes::hex).orElse("absent"))
                        .remedy("Run the image that was approved, or allow the new value."));
              }
            });
  }

  private static void checkNonce(
      NitroDocument document, NitroExpectation expectation, List<Finding> findings) {
    if (expectation.nonce().isEmpty() || expectation.nonce().equals(document.nonce())) {
      return;
    }
    findings.add(
        document.nonce().isEmpty()
            ? Finding.against(Reason.NONCE_MISSING, "the document carries no nonce")
                .at("nonce")
                .remedy("Ask the module for a document with the nonce that was issued.")
            : Finding.against(Reason.NONCE_UNKNOWN, "the document answers another nonce")
                .at("nonce")
                .remedy("Ask the module for a document with the nonce that was issued."));
  }

  private static void checkData(
      String name, Optional<Bytes> found, Optional<Bytes> expected, List<Finding> findings) {
    if (expected.isPresent() && !expected.equals(found)) {
      findings.add(
          Finding.against(
                  Reason.REPORT_DATA,
                  found.isEmpty()
                      ? "the document carries no " + name
                      : "the document binds another " + name + " than expected")
              .at("nitro/" + name)
              .remedy("Ask the module for a document that binds the data agreed on."));
    }
  }

  private static void checkSigner(
      CoseSign1 message, X509Certificate signer, List<Finding> findings) {
    boolean[] usage = signer.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      findings.add(
          Finding.against(Reason.CERT_CHAIN, "the document's certificate is not for signatures")
              .at("certificate")
              .remedy("Send the document as the Nitro Security Module returned it."));
    }
    findings.addAll(CoseSign1Verifier.check(message, signer.getPublicKey(), SIGNED));
  }

  private static List<Claim> claims(NitroDocument document) {
    List<Claim> claims = new ArrayList<>();
    new TreeMap<>(document.pcrs())
        .forEach((index, value) -> claims.add(new Claim.Measurement(pcr(index), value)));
    claims.add(new Claim.Word("nitro/module-id", document.moduleId()));
    claims.add(new Claim.Version("nitro/timestamp-millis", document.timestampMillis()));
    claims.add(new Claim.Flag("tee/debug", document.isDebug()));
    document.nonce().ifPresent(nonce -> claims.add(new Claim.BoundData(nonce)));
    document
        .userData()
        .ifPresent(data -> claims.add(new Claim.Measurement("nitro/user-data", data)));
    document
        .publicKey()
        .ifPresent(key -> claims.add(new Claim.Measurement("nitro/public-key", key)));
    return claims;
  }

  private static String pcr(int index) {
    return "nitro/pcr/" + index;
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at(DOCUMENT)
        .remedy("Send the document as the Nitro Security Module returned it.");
  }
}
