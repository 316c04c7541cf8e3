package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.cca.CcaExpectation;
import dev.holdfast.attestation.cca.CcaTokenVerifier;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.TcbStatus;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.dcap.ReportDataRule;
import dev.holdfast.attestation.dcap.TcbPolicy;
import dev.holdfast.attestation.dice.DiceEvidence;
import dev.holdfast.attestation.dice.DiceExpectation;
import dev.holdfast.attestation.dice.DiceVerifier;
import dev.holdfast.attestation.nitro.NitroExpectation;
import dev.holdfast.attestation.nitro.NitroVerifier;
import dev.holdfast.attestation.openenclave.OpenEnclaveEndorsements;
import dev.holdfast.attestation.openenclave.OpenEnclaveVerifier;
import dev.holdfast.attestation.psa.PsaExpectation;
import dev.holdfast.attestation.psa.PsaTokenVerifier;
import dev.holdfast.attestation.sgx.SgxQuoteVerifier;
import dev.holdfast.attestation.snp.SnpEvidence;
import dev.holdfast.attestation.snp.SnpExpectation;
import dev.holdfast.attestation.snp.SnpReportVerifier;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmVerifier;
import dev.holdfast.attestation.tdx.TdxQuoteVerifier;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Verifies single statements that are bound to one answer.
 *
 * <p>Formats prove here what policies judge afterwards, so that all that speaks against a node can
 * be said at once: whether it can be debugged, and the state of its platform, short of revoked.
 */
final class Statements {
  private static final String DEVICE_KEY = "device/key";
  private static final String CUSTOM_CLAIMS = "oe/custom-claims";

  private final Bytes binding;
  private final Expectation expectation;
  private final TrustAnchors anchors;
  private final Collateral collateral;
  private final Instant at;
  private final DcapMemory memory;

  Statements(
      Bytes binding,
      Expectation expectation,
      TrustAnchors anchors,
      Collateral collateral,
      Instant at,
      DcapMemory memory) {
    this.binding = binding;
    this.expectation = expectation;
    this.anchors = anchors;
    this.collateral = collateral;
    this.at = at;
    this.memory = memory;
  }

  /** The node's own statement. */
  Outcome verify(Evidence evidence) {
    Anchors trusted = anchors.of(evidence.format());
    return switch (evidence) {
      case Evidence.SgxQuote(String _, Bytes quote) ->
          dcap(
              EvidenceFormat.SGX_QUOTE,
              (bundle, wanted) ->
                  SgxQuoteVerifier.verify(DcapEvidence.of(quote), bundle, wanted, at, memory));
      case Evidence.TdxQuote(String _, Bytes quote, Bytes log) ->
          dcap(
              EvidenceFormat.TDX_QUOTE,
              (bundle, wanted) ->
                  TdxQuoteVerifier.verify(
                      DcapEvidence.of(quote).withEventLog(log), bundle, wanted, at, memory));
      case Evidence.SnpReport(String _, Bytes report, List<Bytes> certificates) ->
          snp(report, certificates, trusted);
      case Evidence.OpenEnclave(String _, Bytes blob, Bytes endorsements) ->
          openEnclave(blob, endorsements);
      case Evidence.SpdmMeasurements spdm -> spdm(spdm, Optional.empty());
      case Evidence.Dice dice -> dice(dice, Optional.empty());
      case Evidence.NitroDocument(String _, Bytes document) ->
          NitroVerifier.verify(
              document,
              NitroExpectation.STRICT.withNonce(binding).withDebugAllowed(true),
              trusted,
              at,
              memory.paths());
      case Evidence.CcaToken(String _, Bytes token) ->
          byPlatformKey(
              EvidenceFormat.ARM_CCA,
              key ->
                  CcaTokenVerifier.verify(
                      token, key, CcaExpectation.STRICT.withChallenge(sixtyFour(binding))));
      case Evidence.PsaToken(String _, Bytes token) ->
          byPlatformKey(
              EvidenceFormat.ARM_PSA,
              key -> PsaTokenVerifier.verify(token, key, PsaExpectation.STRICT.withNonce(binding)));
      case Evidence.Tpm2Quote _ ->
          refused(
              Reason.FORMAT_UNSUPPORTED,
              "a TPM quote is the node's own statement",
              "Send the quote first, and for devices SPDM measurements or DICE.");
      case Evidence.ConceptualMessage _ ->
          refused(
              Reason.EVIDENCE_MALFORMED,
              "the wrapper cannot be read, or does not hold one statement of a known format",
              "Wrap one statement in a format that the challenge names, or send it bare.");
    };
  }

  /** The statement of a device, which must be an enrolled one. */
  Outcome verifyDevice(Evidence evidence) {
    Optional<Bytes> enrolled = Optional.ofNullable(expectation.devices().get(evidence.component()));
    if (enrolled.isEmpty()) {
      return refused(
          Reason.DEVICE_IDENTITY,
          "no device of that name is enrolled for the node; a genuine device elsewhere proves"
              + " nothing",
          "Enrol the device's key for the node in the policy's references, or leave it out.");
    }
    return switch (evidence) {
      case Evidence.SpdmMeasurements spdm -> spdm(spdm, enrolled);
      case Evidence.Dice dice -> dice(dice, enrolled);
      default ->
          refused(
              Reason.FORMAT_UNSUPPORTED,
              "a device vouches by SPDM or DICE, not by " + evidence.format().word(),
              "Let the device speak SPDM, or show its DICE certificates.");
    };
  }

  /** With the certificates that came along; where none did, with each that is at hand. */
  private Outcome snp(Bytes report, List<Bytes> certificates, Anchors trusted) {
    AmdEndorsements amd = collateral.amd();
    Anchors under = amd.crls().isEmpty() ? trusted : trusted.with(amd.crls());
    List<Bytes> keys =
        certificates.isEmpty() ? amd.keysOf(report) : List.of(certificates.getFirst());
    List<Bytes> others =
        new ArrayList<>(
            certificates.isEmpty() ? List.of() : certificates.subList(1, certificates.size()));
    others.addAll(amd.authorities());
    Outcome outcome =
        refused(
            Reason.COLLATERAL_MISSING,
            "no certificate of the key that signed the report",
            "Send the host's certificate table, or bring the chip's certificate as collateral.");
    for (Bytes key : keys) {
      outcome =
          SnpReportVerifier.verify(
              new SnpEvidence(report, key, others), snp(), under, at, memory.paths());
      if (outcome instanceof Outcome.Proven) {
        return outcome;
      }
    }
    return outcome;
  }

  private SnpExpectation snp() {
    SnpExpectation wanted =
        SnpExpectation.STRICT
            .withReportData(sixtyFour(binding))
            .allowing(
                SnpExpectation.Allowance.DEBUG, SnpExpectation.Allowance.PROVISIONAL_FIRMWARE);
    return anchors.revocationRequired()
        ? wanted
        : wanted.allowing(SnpExpectation.Allowance.NO_REVOCATION_LIST);
  }

  private Outcome spdm(Evidence.SpdmMeasurements spdm, Optional<Bytes> enrolled) {
    return ofDevice(
        SpdmVerifier.verify(
            new SpdmEvidence("", spdm.transcript(), spdm.certificates()),
            SpdmExpectation.ofAnyDevice(binding, anchors.of(EvidenceFormat.SPDM_MEASUREMENTS)),
            at,
            memory.paths()),
        enrolled);
  }

  private Outcome dice(Evidence.Dice dice, Optional<Bytes> enrolled) {
    return ofDevice(
        DiceVerifier.verify(
            new DiceEvidence("", dice.certificates(), dice.signature()),
            binding,
            DiceExpectation.ofAnyDevice(anchors.of(EvidenceFormat.DICE)),
            at,
            memory.paths()),
        enrolled);
  }

  /** Compares the digest of a device's proven key with the one that it was enrolled with. */
  private static Outcome ofDevice(Outcome outcome, Optional<Bytes> enrolled) {
    if (!(outcome instanceof Outcome.Proven proven) || enrolled.isEmpty()) {
      return outcome;
    }
    Optional<Bytes> key =
        proven.claims().stream()
            .filter(claim -> claim.name().equals(DEVICE_KEY))
            .flatMap(claim -> claim.comparable().stream())
            .findFirst();
    return key.equals(enrolled)
        ? outcome
        : new Outcome.Refused(
            Finding.against(
                    Reason.DEVICE_IDENTITY, "the device is genuine, and not the one enrolled")
                .at(DEVICE_KEY)
                .expecting(enrolled.get().hex())
                .finding(key.map(Bytes::hex).orElse(""))
                .remedy("Enrol the device's key for the node, if it was replaced."));
  }

  private Outcome openEnclave(Bytes blob, Bytes endorsements) {
    List<DcapCollateral> sent = new ArrayList<>();
    if (!endorsements.isEmpty()) {
      switch (OpenEnclaveEndorsements.parse(endorsements)) {
        case OpenEnclaveEndorsements.Illegible(Finding finding) -> {
          return new Outcome.Refused(finding);
        }
        case OpenEnclaveEndorsements.Legible(OpenEnclaveEndorsements read) ->
            sent.add(read.collateral());
      }
    }
    Outcome outcome =
        dcap(
            EvidenceFormat.OPEN_ENCLAVE,
            sent,
            new ReportDataRule.Free(),
            (bundle, wanted) -> OpenEnclaveVerifier.verify(blob, bundle, wanted, at, memory));
    if (!(outcome instanceof Outcome.Proven proven)) {
      return outcome;
    }
    boolean bound =
        proven.claims().stream()
            .anyMatch(
                claim ->
                    claim.name().equals(CUSTOM_CLAIMS)
                        && claim.comparable().equals(Optional.of(binding)));
    return bound
        ? outcome
        : new Outcome.Refused(
            Finding.against(
                    Reason.REPORT_DATA, "the custom claims are not the binding of this answer")
                .at(CUSTOM_CLAIMS)
                .expecting(binding.hex())
                .remedy("Make the evidence with the binding, 32 bytes, as its custom claims."));
  }

  /** One way to verify a quote with a bundle of collateral. */
  @FunctionalInterface
  private interface Attempt {
    Outcome verify(Optional<DcapCollateral> bundle, DcapExpectation wanted);
  }

  private Outcome dcap(EvidenceFormat format, Attempt attempt) {
    return dcap(format, List.of(), new ReportDataRule.Exactly(sixtyFour(binding)), attempt);
  }

  /** Tries the bundles until one is about the platform: their number is bounded, and most miss. */
  private Outcome dcap(
      EvidenceFormat format, List<DcapCollateral> sent, ReportDataRule rule, Attempt attempt) {
    DcapExpectation wanted =
        DcapExpectation.strict(anchors.of(format))
            .withDebugAllowed()
            .withReportData(rule)
            .withTcb(
                TcbPolicy.STRICT
                    .accepting(EnumSet.complementOf(EnumSet.of(TcbStatus.REVOKED)))
                    .atLeast(collateral.evaluationDataNumberLeast()))
            .withEventLog(expectation.rules().eventsRequired(), expectation.rules().eventLog());
    List<DcapCollateral> bundles = new ArrayList<>(collateral.dcap());
    bundles.addAll(sent);
    Outcome outcome = attempt.verify(Optional.empty(), wanted);
    for (DcapCollateral bundle : bundles) {
      outcome = attempt.verify(Optional.of(bundle), wanted);
      if (!aboutAnother(outcome)) {
        return outcome;
      }
    }
    return outcome;
  }

  private static boolean aboutAnother(Outcome outcome) {
    return outcome instanceof Outcome.Refused(List<Finding> findings)
        && findings.stream().anyMatch(f -> f.reason() == Reason.COLLATERAL_MISMATCH);
  }

  /** Tries the platform keys: none is trusted for another instance than its own. */
  private Outcome byPlatformKey(EvidenceFormat format, Function<PublicKey, Outcome> attempt) {
    Outcome last =
        refused(
            Reason.SIGNER_NOT_ANCHORED,
            "no key of a platform of this format is trusted",
            "Name the platform's key in the trust zone's platformKeys.");
    for (Map.Entry<Bytes, PublicKey> platform : anchors.platformKeys().entrySet()) {
      Outcome outcome = attempt.apply(platform.getValue());
      if (outcome instanceof Outcome.Proven proven) {
        return Hardware.identifier(format, proven.claims()).equals(Optional.of(platform.getKey()))
            ? outcome
            : refused(
                Reason.DEVICE_IDENTITY,
                "the token is of another instance than its key is for",
                "Name the key under the instance identifier that the token has.");
      }
      last = outcome;
    }
    return last;
  }

  /** Report data of 64 bytes: the binding, and zeros. */
  private static Bytes sixtyFour(Bytes binding) {
    return Bytes.concat(binding, Bytes.of(new byte[ReportDataRule.LENGTH - binding.length()]));
  }

  private static Outcome refused(Reason reason, String message, String remedy) {
    return new Outcome.Refused(Finding.against(reason, message).remedy(remedy));
  }
}
