package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.verifier.TrustAnchors;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.plan.AllocationRules;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.server.collateral.CollateralFetcher;
import dev.holdfast.server.collateral.CollateralShelf;
import java.net.URI;
import java.security.PublicKey;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is trusted in one trust zone, and how capacity is reserved in it.
 *
 * @param name the zone
 * @param trust who may vouch for evidence
 * @param present the revision in force
 * @param outgoing the revision before, while a roll-out lasts
 * @param allocation how capacity is reserved
 * @param control how reservations are adjusted to usage
 * @param signals what is done about usage that was not to be expected
 */
public record ZoneRules(
    TrustZoneName name,
    ZoneTrust trust,
    PolicyRevision present,
    Optional<Outgoing> outgoing,
    AllocationRules allocation,
    ControlRules control,
    SignalRules signals) {
  /** Of a zone in which signals are only told of. */
  public ZoneRules(
      TrustZoneName name,
      ZoneTrust trust,
      PolicyRevision present,
      Optional<Outgoing> outgoing,
      AllocationRules allocation,
      ControlRules control) {
    this(name, trust, present, outgoing, allocation, control, SignalRules.DEFAULT);
  }

  /**
   * A revision that is still valid beside the one in force.
   *
   * @param revision the revision
   * @param until when it ends
   */
  public record Outgoing(PolicyRevision revision, Instant until) {}

  /**
   * What the zone's shelf of collateral begins with.
   *
   * @param fetching what fetches from a source
   */
  public CollateralShelf.Zone shelf(Function<URI, CollateralFetcher> fetching) {
    return new CollateralShelf.Zone(
        name,
        trust.dcapAnchors(),
        trust
            .evidence()
            .getOrDefault(
                EvidenceFormat.SEV_SNP_REPORT, CertificatePath.Anchors.parse(List.of(), List.of())),
        trust.collateral(),
        present.manifests().stream().flatMap(manifest -> manifest.held().stream()).toList(),
        trust.collateralSource().map(fetching));
  }

  /** What evidence must show, by the revision in force. */
  public Policy policy() {
    return present.policy();
  }

  /** What evidence is compared with, by the revision in force. */
  public ReferenceValues references() {
    return present.references();
  }

  /** What certificates of TPM endorsement keys must lead to, by the revision in force. */
  public CertificatePath.Anchors endorsement() {
    return present.revocationRequired()
        ? trust.endorsement().requiringRevocation()
        : trust.endorsement();
  }

  /**
   * Who may vouch for evidence of a role, by a revision: keys of platforms that the configuration
   * names come before those that manifests bring.
   */
  public TrustAnchors anchors(PolicyRevision revision, Role role, Instant at) {
    Map<Bytes, PublicKey> keys = new HashMap<>(revision.platformKeys(role, at));
    keys.putAll(trust.platformKeys());
    return new TrustAnchors(trust.evidence(), keys, revision.revocationRequired());
  }

  /** What a node of the role is asked for; while a roll-out lasts, by both revisions. */
  public Asked asked(Role role) {
    Set<EvidenceFormat> formats = EnumSet.noneOf(EvidenceFormat.class);
    Map<PcrBank, SortedSet<Integer>> registers = new EnumMap<>(PcrBank.class);
    for (PolicyRevision revision : revisions()) {
      revision
          .policy()
          .rules(role)
          .ifPresent(
              rules -> {
                formats.addAll(rules.formats());
                for (PcrSelection selection : rules.quotedSelections()) {
                  registers
                      .computeIfAbsent(selection.bank(), _ -> new TreeSet<>())
                      .addAll(selection.indexes());
                }
              });
    }
    List<PcrSelection> selections =
        registers.entrySet().stream()
            .map(bank -> new PcrSelection(bank.getKey(), List.copyOf(bank.getValue())))
            .toList();
    return new Asked(List.copyOf(formats), selections);
  }

  private List<PolicyRevision> revisions() {
    return Stream.concat(Stream.of(present), outgoing.map(Outgoing::revision).stream()).toList();
  }
}
