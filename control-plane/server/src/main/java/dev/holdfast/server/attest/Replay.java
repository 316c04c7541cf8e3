package dev.holdfast.server.attest;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.dcap.DcapMemory;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.PolicyEngine;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.verifier.Expectation;
import dev.holdfast.attestation.verifier.TrustAnchors;
import dev.holdfast.attestation.verifier.Verifier;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.NodeRecord;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges evidence again that was judged before, by another policy, other revocation lists or
 * another clock. It is taken to answer the challenge that it names, over the channel that it names,
 * in a boot of which nothing is known; its metrics are not looked at. Nothing is remembered of it
 * beyond the object.
 */
public final class Replay {
  private static final int PATHS_MAX = 1024;
  private static final int BUNDLES_MAX = 64;

  private final ZoneRules rules;
  private final PolicyRevision revision;
  private final List<X509CRL> revocations;
  private final Collateral collateral;
  private final PolicyEngine engine;
  private final Instant at;
  private final Verifier verifier =
      new Verifier(DcapMemory.of(PATHS_MAX, BUNDLES_MAX), ReplayMemory.none());

  /**
   * A replay in one trust zone.
   *
   * @param rules the zone as it is configured
   * @param revision the policy to judge by
   * @param revocations lists beside those of the zone
   * @param collateral what platforms are judged by
   * @param engine a site's own judgement beside the policy
   * @param at the clock to judge by
   */
  public Replay(
      ZoneRules rules,
      PolicyRevision revision,
      List<X509CRL> revocations,
      Collateral collateral,
      PolicyEngine engine,
      Instant at) {
    this.rules = rules;
    this.revision = revision;
    this.revocations = List.copyOf(revocations);
    this.collateral = collateral;
    this.engine = engine;
    this.at = at;
  }

  private static TrustAnchors with(TrustAnchors anchors, List<X509CRL> revocations) {
    if (revocations.isEmpty()) {
      return anchors;
    }
    Map<EvidenceFormat, Anchors> certificates = new EnumMap<>(EvidenceFormat.class);
    anchors.certificates().forEach((format, of) -> certificates.put(format, of.with(revocations)));
    return new TrustAnchors(certificates, anchors.platformKeys(), anchors.revocationRequired());
  }

  /** Judges; empty if the evidence is none that can be judged again. */
  public Optional<Appraisal> judge(NodeRecord node, Bytes serialised) {
    EvidenceBundle bundle;
    try {
      bundle = AttestationWire.evidence(Write.bytes(serialised)).bundle();
    } catch (InvalidProtocolBufferException | RuntimeException unreadable) {
      return Optional.empty();
    }
    if (bundle.nonce().length() != Nonce.LENGTH || bundle.sessionPublicKey().isEmpty()) {
      return Optional.empty();
    }
    Appraiser.Subject about =
        new Appraiser.Subject(
            node.name(), node.role(), at, rules.trust().attestedSites().contains(node.name()));
    ReferenceValues references = revision.references(at);
    Verification verification =
        verifier.verify(
            bundle,
            new Challenge(new Nonce(bundle.nonce()), bundle.sessionPublicKey()),
            Expectation.of(
                Identities.of(node),
                revision.policy().rules(node.role()).orElse(RoleRules.DEFAULT),
                about,
                references),
            with(rules.anchors(revision, node.role(), at), revocations),
            collateral,
            at);
    return Optional.of(
        switch (verification) {
          case Verification.Rejected rejected ->
              Appraiser.refuse(about, rejected, revision.policy());
          case Verification.Verified verified ->
              Appraiser.appraise(about, verified, revision.policy(), references, engine);
        });
  }
}
