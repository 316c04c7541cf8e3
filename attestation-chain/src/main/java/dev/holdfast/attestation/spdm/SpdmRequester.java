package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One end of an SPDM 1.2 conversation, the one that asks (DSP0274 1.2, clause 10): version,
 * capabilities, algorithms, digests, certificates in portions, challenge, signed measurements.
 *
 * <p>Bytes in, bytes out, and immutable: every answer leads to a requester of its own. Nothing is
 * believed of the device before its signatures cover every byte that went either way.
 */
public final class SpdmRequester {
  /** Longest message, bytes. */
  public static final int MESSAGE_MAX_BYTES = 0xffff - 2;

  private static final int PORTION_BYTES = 1024;
  private static final int PORTIONS_MAX = 256;
  private static final SpdmVersion VERSION = SpdmVersion.V1_2;
  private static final int DMTF = 1;

  private final RequesterSetup setup;
  private final Phase phase;
  private final Bytes request;
  private final Talk talk;

  private SpdmRequester(RequesterSetup setup, Phase phase, Bytes request, Talk talk) {
    this.setup = setup;
    this.phase = phase;
    this.request = request;
    this.talk = talk;
  }

  private enum Phase {
    VERSION,
    CAPABILITIES,
    ALGORITHMS,
    DIGESTS,
    CERTIFICATE,
    CHALLENGE,
    MEASUREMENTS
  }

  /** What was said so far: the transcripts, and what they led to. */
  private record Talk(
      Bytes negotiation,
      Bytes identity,
      Optional<Suite> suite,
      Bytes slotDigest,
      Bytes chain,
      int portions,
      List<Bytes> certificates) {
    static final Talk NOTHING =
        new Talk(
            Bytes.EMPTY, Bytes.EMPTY, Optional.empty(), Bytes.EMPTY, Bytes.EMPTY, 0, List.of());

    Talk negotiated(Bytes more) {
      return new Talk(
          Bytes.concat(negotiation, more),
          identity,
          suite,
          slotDigest,
          chain,
          portions,
          certificates);
    }

    Talk agreed(Suite chosen) {
      return new Talk(
          negotiation, identity, Optional.of(chosen), slotDigest, chain, portions, certificates);
    }

    Talk identified(Bytes more) {
      return new Talk(
          negotiation,
          Bytes.concat(identity, more),
          suite,
          slotDigest,
          chain,
          portions,
          certificates);
    }

    Talk digested(Bytes digest) {
      return new Talk(negotiation, identity, suite, digest, chain, portions, certificates);
    }

    Talk received(Bytes portion) {
      return new Talk(
          negotiation,
          identity,
          suite,
          slotDigest,
          Bytes.concat(chain, portion),
          portions + 1,
          certificates);
    }

    Talk certified(List<Bytes> leafFirst) {
      return new Talk(negotiation, identity, suite, slotDigest, chain, portions, leafFirst);
    }
  }

  /** What comes next. */
  public sealed interface Step {}

  /**
   * Another request.
   *
   * @param request to be sent
   * @param next who takes the answer to it
   */
  public record Send(Bytes request, SpdmRequester next) implements Step {}

  /**
   * The device proved itself.
   *
   * @param evidence what proves it to others too
   * @param outcome what it proved here
   */
  public record Finished(SpdmEvidence evidence, Outcome.Proven outcome) implements Step {}

  /**
   * The device is not believed; the conversation is over.
   *
   * @param findings why: at least one
   */
  public record Refused(List<Finding> findings) implements Step {
    /** Copies the list. */
    public Refused {
      findings = List.copyOf(findings);
    }
  }

  /** The first request. */
  public static Send begin(RequesterSetup setup) {
    return send(setup, Phase.VERSION, new SpdmRequest.GetVersion(), Talk.NOTHING);
  }

  /** Takes the answer to the request that was sent last; never throws, whatever the answer. */
  public Step next(Bytes response) {
    try {
      if (response.length() > MESSAGE_MAX_BYTES) {
        throw new MalformedException("the answer is too long");
      }
      ByteCursor cursor = ByteCursor.littleEndian(response);
      SpdmResponse read = SpdmResponse.read(cursor, shape());
      cursor.end("the answer");
      return take(read, response);
    } catch (MalformedException e) {
      return refused(protocol("the device's answer cannot be read: " + e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return refused(protocol("the conversation failed with " + e.getClass().getSimpleName()));
    }
  }

  private SpdmResponse.Shape shape() {
    return talk.suite().map(SpdmResponse.Shape::of).orElse(SpdmResponse.Shape.NONE);
  }

  private Step take(SpdmResponse answer, Bytes response) {
    Bytes both = Bytes.concat(request, response);
    return switch (answer) {
      case SpdmResponse.Versions versions when phase == Phase.VERSION ->
          versions(versions, talk.negotiated(both));
      case SpdmResponse.Capabilities capabilities when phase == Phase.CAPABILITIES ->
          capabilities(capabilities, talk.negotiated(both));
      case SpdmResponse.Algorithms algorithms when phase == Phase.ALGORITHMS ->
          algorithms(algorithms, talk.negotiated(both));
      case SpdmResponse.Digests digests when phase == Phase.DIGESTS ->
          digests(digests, talk.identified(both));
      case SpdmResponse.Certificate portion when phase == Phase.CERTIFICATE ->
          portion(portion, talk.identified(both));
      case SpdmResponse.ChallengeAuth proof when phase == Phase.CHALLENGE ->
          challengeAuth(proof, response);
      case SpdmResponse.Measurements _ when phase == Phase.MEASUREMENTS ->
          measurements(Bytes.concat(talk.negotiation(), both));
      case SpdmResponse.Failure failure ->
          refused(
              protocol("the device refused a request")
                  .finding("error " + failure.code() + ", " + failure.data()));
      default ->
          refused(protocol("the device answered another request than the one that was sent"));
    };
  }

  private Step versions(SpdmResponse.Versions versions, Talk more) {
    if (!versions.speak(VERSION)) {
      return refused(
          Finding.against(Reason.SPDM_VERSION, "the device does not speak SPDM 1.2")
              .at("spdm/version")
              .expecting(VERSION.label())
              .remedy("Update the device's firmware, or look for who stands in between."));
    }
    return send(
        setup,
        Phase.CAPABILITIES,
        new SpdmRequest.GetCapabilities(VERSION, 0, 0, MESSAGE_MAX_BYTES, MESSAGE_MAX_BYTES),
        more);
  }

  private Step capabilities(SpdmResponse.Capabilities capabilities, Talk more) {
    long needed =
        SpdmResponse.Capabilities.CERT_CAP
            | SpdmResponse.Capabilities.CHAL_CAP
            | SpdmResponse.Capabilities.MEAS_CAP_SIGNED;
    if (capabilities.version() != VERSION || (capabilities.flags() & needed) != needed) {
      return refused(
          Finding.against(
                  Reason.SPDM_VERSION, "the device cannot prove itself and its measurements")
              .at("spdm/capabilities")
              .expecting(Long.toHexString(needed))
              .finding(Long.toHexString(capabilities.flags()))
              .remedy("Use a device with certificates, challenges and signed measurements."));
    }
    return send(
        setup,
        Phase.ALGORITHMS,
        new SpdmRequest.NegotiateAlgorithms(
            VERSION,
            DMTF,
            OpaqueData.FORMAT_1,
            setup.asyms().stream().mapToLong(BaseAsym::bit).sum(),
            setup.hashes().stream().mapToLong(BaseHash::bit).sum()),
        more);
  }

  private Step algorithms(SpdmResponse.Algorithms chosen, Talk more) {
    Optional<BaseAsym> asym = BaseAsym.ofBit(chosen.asym()).filter(setup.asyms()::contains);
    Optional<BaseHash> hash = BaseHash.ofBit(chosen.hash()).filter(setup.hashes()::contains);
    boolean others =
        chosen.version() == VERSION
            && chosen.measurementSpecification() == DMTF
            && MeasurementHash.ofBit(chosen.measurementHash()).isPresent()
            && (chosen.otherParameters() & ~OpaqueData.FORMAT_1) == 0;
    if (asym.isEmpty() || hash.isEmpty() || !others) {
      return refused(
          Finding.against(Reason.ALG_WEAK, "the device chose algorithms that were not offered")
              .at("spdm/algorithms")
              .finding(
                  "signature "
                      + Long.toHexString(chosen.asym())
                      + ", hash "
                      + Long.toHexString(chosen.hash())
                      + ", measurements "
                      + Long.toHexString(chosen.measurementHash()))
              .remedy("Use a device with one of them, or look for who stands in between."));
    }
    return send(
        setup,
        Phase.DIGESTS,
        new SpdmRequest.GetDigests(VERSION),
        more.agreed(new Suite(asym.get(), hash.get())));
  }

  private Step digests(SpdmResponse.Digests digests, Talk more) {
    Bytes digest = digests.bySlot().get(setup.slot());
    if (digests.version() != VERSION || digest == null) {
      return refused(
          Finding.against(
                  Reason.EVIDENCE_MISSING, "the device has no certificates in slot " + setup.slot())
              .at("spdm/slot")
              .expecting(Integer.toString(setup.slot()))
              .finding(digests.bySlot().keySet().toString())
              .remedy("Ask for a slot that holds a chain."));
    }
    return sendCertificate(more.digested(digest));
  }

  private Step portion(SpdmResponse.Certificate portion, Talk more) {
    Talk received = more.received(portion.portion());
    int total = received.chain().length() + portion.remainder();
    boolean sound =
        portion.version() == VERSION
            && portion.slot() == setup.slot()
            && !portion.portion().isEmpty()
            && portion.portion().length() <= PORTION_BYTES
            && total <= SlotChain.MAX_BYTES
            && received.portions() <= PORTIONS_MAX;
    if (!sound) {
      return refused(
          transcript("the device sent another part of its certificates than the one asked for"));
    }
    return portion.remainder() > 0 ? sendCertificate(received) : certified(received);
  }

  private Send sendCertificate(Talk more) {
    return send(
        setup,
        Phase.CERTIFICATE,
        new SpdmRequest.GetCertificate(VERSION, setup.slot(), more.chain().length(), PORTION_BYTES),
        more);
  }

  private Step certified(Talk more) {
    Suite suite = more.suite().orElseThrow();
    SlotChain chain = SlotChain.read(more.chain(), suite.hash());
    if (!suite.hash().hash(more.chain()).equals(more.slotDigest())) {
      return refused(
          transcript("the certificates of the slot are not those whose digest was told"));
    }
    List<Finding> findings = new ArrayList<>();
    X509Certificate leaf = Certificates.parseDer(chain.leafFirst().getFirst());
    checkLeaf(leaf, suite, findings);
    checkRoot(chain, suite, findings);
    if (findings.isEmpty()
        && CertificatePath.judge(
                chain.leafFirst(), setup.expectation().anchors(), SpdmVerifier.RULES, setup.at())
            instanceof CertificatePath.Unsound unsound) {
      findings.add(unsound.finding());
    }
    return findings.isEmpty()
        ? send(
            setup,
            Phase.CHALLENGE,
            new SpdmRequest.Challenge(VERSION, setup.slot(), 0, setup.challengeNonce()),
            more.certified(chain.leafFirst()))
        : refused(findings);
  }

  private void checkLeaf(X509Certificate leaf, Suite suite, List<Finding> findings) {
    findings.addAll(DeviceCertificate.check(leaf, DeviceCertificate.Role.RESPONDER));
    Bytes key = Bytes.of(leaf.getPublicKey().getEncoded());
    if (!setup.expectation().deviceKey().map(key::equals).orElse(true)) {
      findings.add(
          Finding.against(Reason.DEVICE_IDENTITY, "this is not the device that was enrolled here")
              .at("device/key")
              .finding(Sha256.of(key).hex())
              .remedy("Put the enrolled device back, or enrol this one in its place."));
    }
    if (!suite.asym().fits(leaf.getPublicKey())) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the slot's key is not of the algorithm negotiated")
              .at("spdm/algorithms")
              .expecting(suite.asym().name())
              .remedy("Ask for the slot whose key is of this algorithm."));
    }
  }

  private void checkRoot(SlotChain chain, Suite suite, List<Finding> findings) {
    boolean first = suite.hash().hash(chain.certificates().getFirst()).equals(chain.rootDigest());
    boolean anchor =
        setup.expectation().anchors().certificates().stream()
            .anyMatch(
                known -> suite.hash().hash(SpdmVerifier.der(known)).equals(chain.rootDigest()));
    if (!first && !anchor) {
      findings.add(
          transcript(
              "the chain's digest of its root is neither of its first certificate nor of an"
                  + " anchor"));
    }
  }

  private Step challengeAuth(SpdmResponse.ChallengeAuth proof, Bytes response) {
    Suite suite = talk.suite().orElseThrow();
    boolean same =
        proof.version() == VERSION
            && proof.slot() == setup.slot()
            && (proof.slots() & 1 << setup.slot()) != 0
            && proof.chainDigest().equals(talk.slotDigest());
    if (!same) {
      return refused(
          transcript("the device answered the challenge with another slot's certificates"));
    }
    Bytes unsigned = response.slice(0, response.length() - proof.signature().length());
    Bytes signed = Bytes.concat(talk.negotiation(), talk.identity(), request, unsigned);
    X509Certificate leaf = Certificates.parseDer(talk.certificates().getFirst());
    Bytes input = SigningInput.of(VERSION, suite.hash(), SigningInput.CHALLENGE_AUTH, signed);
    OpaqueData.elements(proof.opaque());
    if (!suite.asym().verifies(leaf.getPublicKey(), suite.hash(), input, proof.signature())) {
      return refused(
          transcript(
              "the device's key did not sign the conversation: a message was changed on its way,"
                  + " or the device does not hold the key"));
    }
    return send(
        setup,
        Phase.MEASUREMENTS,
        new SpdmRequest.GetMeasurements(
            VERSION,
            false,
            SpdmRequest.GetMeasurements.ALL,
            Optional.of(new SpdmRequest.SigningRequest(setup.expectation().nonce(), setup.slot()))),
        talk);
  }

  private Step measurements(Bytes transcript) {
    SpdmEvidence evidence = new SpdmEvidence(setup.component(), transcript, talk.certificates());
    return switch (SpdmVerifier.verify(evidence, setup.expectation(), setup.at())) {
      case Outcome.Proven proven -> new Finished(evidence, proven);
      case Outcome.Refused refused -> new Refused(refused.findings());
    };
  }

  private static Send send(RequesterSetup setup, Phase phase, SpdmRequest request, Talk talk) {
    Bytes encoded = request.encoded();
    return new Send(encoded, new SpdmRequester(setup, phase, encoded, talk));
  }

  private Refused refused(Finding finding) {
    return refused(List.of(finding));
  }

  private Refused refused(List<Finding> findings) {
    return new Refused(findings.stream().map(finding -> finding.of(setup.component())).toList());
  }

  private static Finding protocol(String message) {
    return Finding.against(Reason.SPDM_PROTOCOL, message)
        .at("spdm/conversation")
        .remedy("Ask the device anew; where it stays so, update its firmware.");
  }

  private static Finding transcript(String message) {
    return Finding.against(Reason.SPDM_TRANSCRIPT, message)
        .at("spdm/transcript")
        .remedy("Ask the device anew, and look for who stands in between.");
  }
}
