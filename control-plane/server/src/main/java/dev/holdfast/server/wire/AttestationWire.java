package dev.holdfast.server.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Link;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Challenges, evidence and verdicts on the wire. */
public final class AttestationWire {
  private AttestationWire() {}

  /** What a node does. */
  public static Role role(NodeRole role, int number) {
    NodeRole known =
        Read.word("role", role, number, NodeRole.NODE_ROLE_UNSPECIFIED, NodeRole.UNRECOGNIZED);
    return switch (known) {
      case NODE_ROLE_HYPERVISOR -> Role.HYPERVISOR;
      case NODE_ROLE_SWITCH -> Role.SWITCH;
      case NODE_ROLE_STORAGE_CONTROLLER -> Role.STORAGE_CONTROLLER;
      case NODE_ROLE_ENCLAVE -> Role.ENCLAVE;
      case NODE_ROLE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("refused above");
    };
  }

  /** What a node does, for the wire. */
  public static NodeRole role(Role role) {
    return switch (role) {
      case HYPERVISOR -> NodeRole.NODE_ROLE_HYPERVISOR;
      case SWITCH -> NodeRole.NODE_ROLE_SWITCH;
      case STORAGE_CONTROLLER -> NodeRole.NODE_ROLE_STORAGE_CONTROLLER;
      case ENCLAVE -> NodeRole.NODE_ROLE_ENCLAVE;
      // No pathway holds one until the wire has a word for it.
      case ORCHESTRATOR -> NodeRole.NODE_ROLE_UNSPECIFIED;
    };
  }

  /** A verdict for the wire. */
  public static dev.holdfast.proto.attestation.v1.Verdict verdict(Verdict verdict) {
    return switch (verdict) {
      case AFFIRMING -> dev.holdfast.proto.attestation.v1.Verdict.VERDICT_AFFIRMING;
      case WARNING -> dev.holdfast.proto.attestation.v1.Verdict.VERDICT_WARNING;
      case CONTRAINDICATED -> dev.holdfast.proto.attestation.v1.Verdict.VERDICT_CONTRAINDICATED;
    };
  }

  /** A bank for the wire. */
  public static HashAlgorithm bank(PcrBank bank) {
    return switch (bank) {
      case SHA1 -> HashAlgorithm.HASH_ALGORITHM_SHA1;
      case SHA256 -> HashAlgorithm.HASH_ALGORITHM_SHA256;
      case SHA384 -> HashAlgorithm.HASH_ALGORITHM_SHA384;
      case SHA512 -> HashAlgorithm.HASH_ALGORITHM_SHA512;
    };
  }

  /** A format for the wire; both number them alike. */
  public static EvidenceFormat format(dev.holdfast.attestation.EvidenceFormat format) {
    EvidenceFormat known = EvidenceFormat.forNumber(format.number());
    return known == null ? EvidenceFormat.EVIDENCE_FORMAT_UNSPECIFIED : known;
  }

  /** The formats of the statements that claims come from, the node's own first. */
  private static List<EvidenceFormat> formats(List<Claim> claims) {
    List<EvidenceFormat> own = new ArrayList<>();
    List<EvidenceFormat> devices = new ArrayList<>();
    for (Claim claim : claims) {
      boolean device = claim instanceof Claim.OfDevice;
      Claim bare = claim instanceof Claim.OfDevice(String _, Claim proven) ? proven : claim;
      if (bare instanceof Claim.Word(String name, String word)
          && name.equals(Verification.FORMAT)) {
        dev.holdfast.attestation.EvidenceFormat.of(word)
            .ifPresent(format -> (device ? devices : own).add(format(format)));
      }
    }
    own.addAll(devices);
    return own;
  }

  /** Evidence as it came, with what it says it answers. */
  public record Received(
      dev.holdfast.proto.attestation.v1.EvidenceBundle message, EvidenceBundle bundle) {}

  /**
   * Reads a serialised bundle. Its digest is of the bytes as they came.
   *
   * @throws InvalidProtocolBufferException if it is no protobuf of that type
   */
  public static Received evidence(ByteString serialised) throws InvalidProtocolBufferException {
    dev.holdfast.proto.attestation.v1.EvidenceBundle message =
        dev.holdfast.proto.attestation.v1.EvidenceBundle.parseFrom(serialised);
    List<Evidence> statements = new ArrayList<>();
    for (dev.holdfast.proto.attestation.v1.Evidence statement : message.getEvidenceList()) {
      statement(statement).ifPresent(statements::add);
    }
    return new Received(
        message,
        new EvidenceBundle(
            Write.bytes(message.getNonce()),
            statements,
            Write.bytes(message.getRuntimeMetrics()),
            Write.bytes(message.getSessionPublicKey()),
            Sha256.of(Write.bytes(serialised))));
  }

  /** Empty for a statement of a kind that is newer than this server. */
  private static Optional<Evidence> statement(dev.holdfast.proto.attestation.v1.Evidence evidence) {
    String component = evidence.getComponent();
    return switch (evidence.getStatementCase()) {
      case TPM2_QUOTE -> Optional.of(quote(component, evidence.getTpm2Quote()));
      case SGX_QUOTE ->
          Optional.of(
              new Evidence.SgxQuote(component, Write.bytes(evidence.getSgxQuote().getQuote())));
      case TDX_QUOTE ->
          Optional.of(
              new Evidence.TdxQuote(
                  component,
                  Write.bytes(evidence.getTdxQuote().getQuote()),
                  Write.bytes(evidence.getTdxQuote().getEventLog())));
      case SEV_SNP_REPORT ->
          Optional.of(
              new Evidence.SnpReport(
                  component,
                  Write.bytes(evidence.getSevSnpReport().getReport()),
                  all(evidence.getSevSnpReport().getCertificatesList())));
      case OPEN_ENCLAVE ->
          Optional.of(
              new Evidence.OpenEnclave(
                  component,
                  Write.bytes(evidence.getOpenEnclave().getEvidence()),
                  Write.bytes(evidence.getOpenEnclave().getEndorsements())));
      case SPDM_MEASUREMENTS ->
          Optional.of(
              new Evidence.SpdmMeasurements(
                  component,
                  Write.bytes(evidence.getSpdmMeasurements().getTranscript()),
                  all(evidence.getSpdmMeasurements().getCertificatesList())));
      case DICE ->
          Optional.of(
              new Evidence.Dice(
                  component,
                  all(evidence.getDice().getCertificatesList()),
                  Write.bytes(evidence.getDice().getSignature())));
      case AWS_NITRO ->
          Optional.of(
              new Evidence.NitroDocument(
                  component, Write.bytes(evidence.getAwsNitro().getDocument())));
      case ARM_CCA ->
          Optional.of(
              new Evidence.CcaToken(component, Write.bytes(evidence.getArmCca().getToken())));
      case ARM_PSA ->
          Optional.of(
              new Evidence.PsaToken(component, Write.bytes(evidence.getArmPsa().getToken())));
      case CMW ->
          Optional.of(
              new Evidence.ConceptualMessage(
                  component, Write.bytes(evidence.getCmw().getWrapper())));
      case STATEMENT_NOT_SET -> Optional.empty();
    };
  }

  private static List<Bytes> all(List<ByteString> parts) {
    return parts.stream().map(Write::bytes).toList();
  }

  private static Evidence quote(String component, Tpm2Quote quote) {
    List<Evidence.ReportedPcr> registers = new ArrayList<>();
    for (PcrValue value : quote.getPcrValuesList()) {
      registers.add(
          new Evidence.ReportedPcr(
              algorithm(value.getBank()), value.getIndex(), Write.bytes(value.getDigest())));
    }
    return new Evidence.Tpm2Quote(
        component,
        Write.bytes(quote.getAttest()),
        Write.bytes(quote.getSignature()),
        registers,
        Write.bytes(quote.getTcgEventLog()),
        Write.bytes(quote.getAkPublic()),
        Write.bytes(quote.getImaLog()));
  }

  /** The TPM's number for a bank; zero, which no TPM has, for an unknown one. */
  private static int algorithm(HashAlgorithm bank) {
    return switch (bank) {
      case HASH_ALGORITHM_SHA1 -> PcrBank.SHA1.algorithm();
      case HASH_ALGORITHM_SHA256 -> PcrBank.SHA256.algorithm();
      case HASH_ALGORITHM_SHA384 -> PcrBank.SHA384.algorithm();
      case HASH_ALGORITHM_SHA512 -> PcrBank.SHA512.algorithm();
      case HASH_ALGORITHM_UNSPECIFIED, UNRECOGNIZED -> 0;
    };
  }

  /** A finding for the wire. */
  public static dev.holdfast.proto.attestation.v1.Finding finding(Finding finding) {
    return dev.holdfast.proto.attestation.v1.Finding.newBuilder()
        .setReason(finding.reason().name())
        .setVerdict(verdict(finding.verdict()))
        .setMessage(finding.message())
        .setComponent(finding.component())
        .setClaim(finding.claim())
        .addAllExpected(finding.expected())
        .setFound(finding.found())
        .setRemedy(finding.remedy())
        .build();
  }

  /** An appraisal for the wire, in the BASIC view. */
  public static dev.holdfast.proto.attestation.v1.Appraisal appraisal(
      Appraisal appraisal,
      String name,
      Optional<dev.holdfast.proto.attestation.v1.RuntimeMetrics> metrics) {
    dev.holdfast.proto.attestation.v1.Appraisal.Builder builder =
        dev.holdfast.proto.attestation.v1.Appraisal.newBuilder()
            .setName(name)
            .setNode(appraisal.node().toString())
            .setRole(role(appraisal.role()))
            .setVerdict(verdict(appraisal.verdict()))
            .setEvidenceDigest(Write.bytes(appraisal.evidenceDigest()))
            .addAllFormats(formats(appraisal.claims()))
            .setPolicy(appraisal.policy().toString())
            .setCreateTime(Write.time(appraisal.appraisedAt()))
            .setExpireTime(Write.time(appraisal.expiresAt()));
    appraisal.findings().forEach(finding -> builder.addFindings(finding(finding)));
    metrics.ifPresent(builder::setRuntimeMetrics);
    return builder.build();
  }

  /** What evidence proved, for the FULL view; at most 4096. */
  public static List<dev.holdfast.proto.attestation.v1.Claim> claims(List<Claim> claims) {
    List<dev.holdfast.proto.attestation.v1.Claim> written = new ArrayList<>();
    for (Claim claim : claims.subList(0, Math.min(4096, claims.size()))) {
      dev.holdfast.proto.attestation.v1.Claim.Builder builder =
          dev.holdfast.proto.attestation.v1.Claim.newBuilder().setName(claim.name());
      if (claim instanceof Claim.OfDevice(String component, Claim proven)) {
        builder.setComponent(component).setName(proven.name());
        value(proven, builder);
      } else {
        value(claim, builder);
      }
      written.add(builder.build());
    }
    return written;
  }

  private static void value(Claim claim, dev.holdfast.proto.attestation.v1.Claim.Builder builder) {
    switch (claim) {
      case Claim.RegisterDigest register ->
          builder.setDigest(Write.bytes(register.value().digest()));
      case Claim.BoundData bound -> builder.setDigest(Write.bytes(bound.data()));
      case Claim.BoundMetrics bound -> builder.setDigest(Write.bytes(Sha256.of(bound.metrics())));
      case Claim.Boot boot -> builder.setNumber(boot.counters().resetCount());
      case Claim.MeasuredEvent event ->
          builder.setDigest(
              Write.bytes(
                  event
                      .digests()
                      .getOrDefault(
                          PcrBank.SHA256,
                          event.digests().values().stream().findFirst().orElse(Bytes.EMPTY))));
      case Claim.Measurement measurement -> builder.setDigest(Write.bytes(measurement.value()));
      case Claim.Version version -> builder.setNumber(version.value());
      case Claim.Flag flag -> builder.setFlag(flag.set());
      case Claim.Word word -> builder.setText(word.text());
      case Claim.Endorsed endorsed -> value(endorsed.claim(), builder);
      case Claim.OfDevice device -> value(device.claim(), builder);
    }
  }

  /** A chain for the wire. */
  public static dev.holdfast.proto.attestation.v1.AttestationChain chain(
      AttestationChain chain,
      ChainName name,
      String attestationResult,
      dev.holdfast.proto.attestation.v1.AttestationChain.State state) {
    dev.holdfast.proto.attestation.v1.AttestationChain.Builder builder =
        dev.holdfast.proto.attestation.v1.AttestationChain.newBuilder()
            .setName(name.toString())
            .setState(state)
            .setVerdict(verdict(chain.verdict()))
            .setEpoch(Write.bytes(chain.epoch().value()))
            .setAttestationResult(attestationResult)
            .setCreateTime(Write.time(chain.createdAt()));
    chain.findings().forEach(finding -> builder.addFindings(finding(finding)));
    chain.expiresAt().ifPresent(end -> builder.setExpireTime(Write.time(end)));
    for (Link link : chain.links()) {
      builder.addLinks(
          dev.holdfast.proto.attestation.v1.Link.newBuilder()
              .setPreviousDigest(Write.bytes(link.previousDigest()))
              .setDigest(Write.bytes(link.digest()))
              .setAppraisal(appraisal(link.appraisal(), "", Optional.empty())));
    }
    return builder.build();
  }

  /** Findings of a chain and of its links, worst first. */
  public static List<Finding> findings(AttestationChain chain) {
    List<Finding> all = new ArrayList<>(chain.findings());
    chain.links().forEach(link -> all.addAll(link.appraisal().findings()));
    all.sort(java.util.Comparator.comparing(Finding::verdict).reversed());
    return all;
  }
}
