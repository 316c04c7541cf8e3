package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.dice.DiceLayer;
import dev.holdfast.attestation.dice.DiceLayerParser;
import dev.holdfast.attestation.dice.Fwid;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Proves what signed measurements of a device say (DSP0274 1.1 and 1.2, GET_MEASUREMENTS), in
 * stages from cheap to dear: it stops after the first stage with findings, and lists all findings
 * of that stage. Never throws, whatever the evidence.
 */
public final class SpdmVerifier {
  /** Critical extensions that are judged here. */
  static final PathRules RULES =
      PathRules.ANY_ORDER.understanding(
          DiceLayer.TCB_INFO, DiceLayer.UEID, DiceLayer.MULTI_TCB_INFO, DiceLayer.OPEN_DICE);

  private static final int SECURITY_VERSION_BYTES = 8;

  private SpdmVerifier() {}

  /** Verifies the measurements of one device. */
  public static Outcome verify(SpdmEvidence evidence, SpdmExpectation expectation, Instant at) {
    return verify(evidence, expectation, at, PathMemory.none());
  }

  /** Verifies the measurements of one device, with what is remembered of certificate paths. */
  public static Outcome verify(
      SpdmEvidence evidence, SpdmExpectation expectation, Instant at, PathMemory memory) {
    try {
      return new Device(evidence, expectation).judge(at, memory);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName())
              .of(evidence.component()));
    }
  }

  /**
   * One device of several.
   *
   * @param evidence what it says
   * @param expectation what it must show
   */
  public record Claimant(SpdmEvidence evidence, SpdmExpectation expectation) {}

  /**
   * Verifies the measurements of several devices, of which no two may have the same leaf key. The
   * claims of a device begin with the name of its component, such as {@code gpu-0/spdm/slot}; the
   * findings name the component that they are about.
   *
   * @param claimants 1 to 64
   */
  public static Outcome verifyAll(List<Claimant> claimants, Instant at, PathMemory memory) {
    if (claimants.isEmpty() || claimants.size() > 64) {
      return new Outcome.Refused(malformed("there are " + claimants.size() + " devices"));
    }
    List<Finding> findings = repeated(claimants);
    List<Claim> claims = new ArrayList<>();
    Optional<Instant> notAfter = Optional.empty();
    for (Claimant claimant : findings.isEmpty() ? claimants : List.<Claimant>of()) {
      switch (verify(claimant.evidence(), claimant.expectation(), at, memory)) {
        case Outcome.Refused refused -> findings.addAll(refused.findings());
        case Outcome.Proven proven -> {
          claims.addAll(proven.claims());
          notAfter = earliest(notAfter, proven.notAfter());
        }
      }
    }
    return findings.isEmpty()
        ? new Outcome.Proven(claims, notAfter)
        : new Outcome.Refused(findings);
  }

  private static Optional<Instant> earliest(Optional<Instant> one, Optional<Instant> other) {
    return java.util.stream.Stream.concat(one.stream(), other.stream()).min(Instant::compareTo);
  }

  private static List<Finding> repeated(List<Claimant> claimants) {
    List<Finding> findings = new ArrayList<>();
    Set<Bytes> seen = new HashSet<>();
    for (Claimant claimant : claimants) {
      Optional<Bytes> key = leafKey(claimant.evidence());
      if (key.isPresent() && !seen.add(key.get())) {
        findings.add(
            Finding.against(
                    Reason.DEVICE_IDENTITY, "two reports carry the same leaf key: one device")
                .at("device/key")
                .of(claimant.evidence().component())
                .finding(Sha256.of(key.get()).hex())
                .remedy("Let each device answer for itself."));
      }
    }
    return findings;
  }

  /** Empty where it cannot be read: that is left to the judgement of its own device. */
  private static Optional<Bytes> leafKey(SpdmEvidence evidence) {
    try {
      return Optional.of(key(leaf(evidence)));
    } catch (MalformedException e) {
      return Optional.empty();
    }
  }

  private static X509Certificate leaf(SpdmEvidence evidence) {
    int count = evidence.certificates().size();
    if (count == 0 || count > SpdmEvidence.CERTIFICATES_MAX) {
      throw new MalformedException(
          "there are " + count + " certificates, not 1 to " + SpdmEvidence.CERTIFICATES_MAX);
    }
    return Certificates.parse(evidence.certificates().getFirst()).getFirst();
  }

  static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new MalformedException("a certificate cannot be written");
    }
  }

  private static Bytes key(X509Certificate certificate) {
    return Bytes.of(certificate.getPublicKey().getEncoded());
  }

  /** The judgement of one device. */
  private static final class Device {
    private final SpdmEvidence evidence;
    private final SpdmExpectation expectation;
    private final List<Finding> findings = new ArrayList<>();

    Device(SpdmEvidence evidence, SpdmExpectation expectation) {
      this.evidence = evidence;
      this.expectation = expectation;
    }

    Outcome judge(Instant at, PathMemory memory) {
      MeasurementTranscript transcript;
      X509Certificate leaf;
      Optional<Bytes> fwid;
      DiceLayer layer;
      try {
        if (evidence.transcript().length() > SpdmEvidence.TRANSCRIPT_MAX_BYTES) {
          throw new MalformedException("the transcript is longer than 512 KiB");
        }
        leaf = leaf(evidence);
        transcript = MeasurementTranscript.read(evidence.transcript(), leaf.getPublicKey());
        fwid = OpaqueData.fwid(transcript.last().response().opaque(), transcript.negotiation());
        layer = DiceLayerParser.parse(leaf);
      } catch (MalformedException e) {
        return refused(malformed("the measurements cannot be read: " + e.words()));
      }
      checkExpected(transcript, key(leaf));
      new TranscriptRules(transcript, leaf.getPublicKey()).check(findings);
      if (!findings.isEmpty()) {
        return refused();
      }
      return switch (CertificatePath.judge(
          evidence.certificates(), expectation.anchors(), RULES, at, memory)) {
        case CertificatePath.Unsound unsound -> refused(unsound.finding());
        case CertificatePath.Sound sound -> judgeSignature(transcript, sound, layer, fwid);
      };
    }

    private Outcome judgeSignature(
        MeasurementTranscript transcript,
        CertificatePath.Sound path,
        DiceLayer layer,
        Optional<Bytes> fwid) {
      Suite suite = transcript.suite();
      boolean signed =
          suite
              .asym()
              .verifies(
                  path.leaf().getPublicKey(),
                  suite.hash(),
                  transcript.signingInput(),
                  transcript.last().response().signature());
      if (!signed) {
        return refused(
            Finding.against(
                    Reason.SPDM_TRANSCRIPT,
                    "the device's key did not sign these messages: one of them was changed, or"
                        + " another device signed")
                .at("spdm/transcript")
                .remedy("Send every message as it went over the bus, and the slot's own chain."));
      }
      if (fwid.isPresent()
          && !layer.fwids().isEmpty()
          && layer.fwids().stream().map(Fwid::digest).noneMatch(fwid.get()::equals)) {
        return refused(
            Finding.against(
                    Reason.DICE_FWID,
                    "the firmware that signed is not the one that the certificate was made for")
                .at("spdm/fwid")
                .expecting(layer.fwids().stream().map(named -> named.digest().hex()).toList())
                .finding(fwid.get().hex())
                .remedy("Send the certificate chain of the firmware that runs."));
      }
      return new Outcome.Proven(
          claims(transcript, path.leaf(), layer, fwid), Optional.of(path.notAfter()));
    }

    private void checkExpected(MeasurementTranscript transcript, Bytes key) {
      if (transcript.version() == SpdmVersion.V1_1 && !expectation.version11Allowed()) {
        findings.add(
            Finding.against(
                    Reason.SPDM_VERSION,
                    "the device answered in SPDM 1.1, whose signature does not cover what was"
                        + " negotiated")
                .at("spdm/version")
                .expecting(SpdmVersion.V1_2.label())
                .finding(SpdmVersion.V1_1.label())
                .remedy("Speak SPDM 1.2 with the device, or allow 1.1 for it."));
      }
      Bytes nonce = transcript.last().request().signing().orElseThrow().nonce();
      if (!nonce.equals(expectation.nonce())) {
        findings.add(
            Finding.against(
                    Reason.NONCE_UNKNOWN, "the measurements answer another request than this one")
                .at("nonce")
                .remedy("Ask the device anew with the challenge that was issued last."));
      }
      if (expectation.deviceKey().isPresent() && !expectation.deviceKey().get().equals(key)) {
        findings.add(
            Finding.against(Reason.DEVICE_IDENTITY, "this is not the device that was enrolled here")
                .at("device/key")
                .expecting(Sha256.of(expectation.deviceKey().get()).hex())
                .finding(Sha256.of(key).hex())
                .remedy("Put the enrolled device back, or enrol this one in its place."));
      }
    }

    private List<Claim> claims(
        MeasurementTranscript transcript,
        X509Certificate leaf,
        DiceLayer layer,
        Optional<Bytes> fwid) {
      List<Claim> claims = new ArrayList<>();
      claims.add(new Claim.Measurement(name("device/key"), Sha256.of(key(leaf))));
      claims.add(new Claim.Word(name("spdm/version"), transcript.version().label()));
      claims.add(new Claim.Version(name("spdm/slot"), transcript.last().response().slot()));
      claims.add(new Claim.BoundData(expectation.nonce()));
      fwid.or(() -> layer.fwids().stream().findFirst().map(Fwid::digest))
          .ifPresent(digest -> claims.add(new Claim.Measurement(name("spdm/fwid"), digest)));
      for (MeasurementTranscript.Exchange exchange : transcript.exchanges()) {
        for (MeasurementBlock block : exchange.blocks()) {
          claims.add(new Claim.Measurement(name(block.claim()), block.value()));
          if (block.type() == MeasurementBlock.SECURITY_VERSION
              && block.raw()
              && block.value().length() == SECURITY_VERSION_BYTES) {
            long number = Long.reverseBytes(block.value().asByteBuffer().getLong());
            if (number >= 0) {
              claims.add(new Claim.Version(name("spdm/svn/" + block.index()), number));
            }
          }
        }
      }
      return claims;
    }

    private String name(String claim) {
      return evidence.component().isEmpty() ? claim : evidence.component() + "/" + claim;
    }

    private Outcome.Refused refused(Finding finding) {
      findings.add(finding);
      return refused();
    }

    private Outcome.Refused refused() {
      return new Outcome.Refused(
          findings.stream().map(finding -> finding.of(evidence.component())).toList());
    }
  }

  static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at("spdm/transcript")
        .remedy("Send the messages as they went over the bus, the signature included.");
  }
}
