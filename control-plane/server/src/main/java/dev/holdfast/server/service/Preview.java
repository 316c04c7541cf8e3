package dev.holdfast.server.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.server.attest.Replay;
import dev.holdfast.server.collateral.CollateralShelf;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.PolicyDocument;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.evidence.EvidenceArchive;
import dev.holdfast.store.ledger.AppraisalRecord;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.NodeRecord;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What another policy, other revocation lists or another clock would make of retained evidence. */
final class Preview {
  private static final int LISTS_MAX = 64;
  private static final int LISTS_BYTES_MAX = 3 * 1024 * 1024;

  private final ServerConfig config;
  private final Ledger ledger;
  private final EvidenceArchive archive;
  private final CollateralShelf collateral;
  private final PolicyEngine engine;
  private final InstantSource clock;

  Preview(
      ServerConfig config,
      Ledger ledger,
      EvidenceArchive archive,
      CollateralShelf collateral,
      PolicyEngine engine,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.archive = archive;
    this.collateral = collateral;
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * Judges the retained evidence of every node of a zone again, and changes nothing.
   *
   * @throws Refusal POLICY_MALFORMED with all that is wrong with the document, or
   *     REVOCATION_LIST_MALFORMED
   */
  PreviewPolicyResponse of(PreviewPolicyRequest request) throws InvalidProtocolBufferException {
    TrustZoneName zone = Read.trustZone("parent", request.getParent());
    ZoneRules rules = config.zone(zone);
    Instant at =
        request.hasAsOfTime() ? Read.time("as_of_time", request.getAsOfTime()) : clock.instant();
    Replay replay =
        new Replay(
            rules,
            policy(rules, request.getPolicyDocument()),
            revocations(request.getRevocationListsList()),
            collateral.of(zone),
            engine,
            at);
    List<PreviewPolicyResponse.Change> changes = new ArrayList<>();
    int unchanged = 0;
    int unknown = 0;
    List<NodeRecord> nodes =
        ledger.snapshot().nodes().values().stream()
            .filter(node -> node.name().zone().equals(zone))
            .sorted(Comparator.comparing(NodeRecord::name))
            .toList();
    for (NodeRecord node : nodes) {
      Optional<Stored> stored = stored(node.name());
      Optional<Appraisal> judged = stored.flatMap(known -> replay.judge(node, known.evidence()));
      if (stored.isEmpty() || judged.isEmpty()) {
        unknown++;
      } else if (stored.get().record().verdict() == judged.get().verdict()) {
        unchanged++;
      } else {
        changes.add(
            PreviewPolicyResponse.Change.newBuilder()
                .setPresent(stored.get().message().toBuilder().clearClaims())
                .setPreview(AttestationWire.appraisal(judged.get(), "", Optional.empty()))
                .build());
      }
    }
    int stay = unchanged;
    int unseen = unknown;
    return Pages.of(request.getPageSize(), request.getPageToken(), changes)
        .into(
            (page, next) ->
                PreviewPolicyResponse.newBuilder()
                    .addAllChanges(page)
                    .setUnchangedNodeCount(stay)
                    .setUnknownNodeCount(unseen)
                    .setNextPageToken(next)
                    .build());
  }

  /** The newest verdict on a node, with the evidence that it was passed on. */
  private record Stored(
      AppraisalRecord record,
      dev.holdfast.proto.attestation.v1.Appraisal message,
      Bytes evidence) {}

  private Optional<Stored> stored(NodeName node) throws InvalidProtocolBufferException {
    Optional<AppraisalRecord> newest = ledger.nodes().appraisals(node).stream().findFirst();
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    var message =
        dev.holdfast.proto.attestation.v1.Appraisal.parseFrom(newest.get().content().toByteArray());
    Bytes digest = Write.bytes(message.getEvidenceDigest());
    for (EvidenceArchive.Outcome outcome : EvidenceArchive.Outcome.values()) {
      Optional<Bytes> kept = archive.find(node, outcome);
      if (kept.isPresent() && Sha256.of(kept.get()).equals(digest)) {
        return Optional.of(new Stored(newest.get(), message, kept.get()));
      }
    }
    return Optional.empty();
  }

  /** The policy to try, beside the manifests that the zone has. */
  private static PolicyRevision policy(ZoneRules rules, ByteString document) {
    if (document.isEmpty()) {
      return rules.present();
    }
    try {
      return PolicyDocument.read(rules.name(), document.toByteArray())
          .withManifests(rules.present().manifests());
    } catch (ConfigException wrong) {
      throw refused("POLICY_MALFORMED", String.join("\n", wrong.complaints()));
    }
  }

  private static List<X509CRL> revocations(List<ByteString> lists) {
    if (lists.size() > LISTS_MAX
        || lists.stream().mapToLong(ByteString::size).sum() > LISTS_BYTES_MAX) {
      throw refused(
          "REVOCATION_LIST_MALFORMED", "there are at most 64 revocation lists, 3 MiB together");
    }
    List<X509CRL> read = new ArrayList<>();
    for (ByteString list : lists) {
      try {
        read.addAll(Certificates.parseCrls(Write.bytes(list)));
      } catch (MalformedException unreadable) {
        throw refused(
            "REVOCATION_LIST_MALFORMED",
            "a revocation list cannot be read: " + unreadable.getMessage());
      }
    }
    return read;
  }

  private static Refusal refused(String reason, String message) {
    return new Refusal(
        new AccessProblem.CallRefused(Problem.Kind.INVALID_ARGUMENT, reason, message, Map.of()));
  }
}
