package dev.holdfast.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Rules of a zone in which enclaves may be guests of paper processors. */
final class TeeZone {
  static final PaperDcap PLATFORM = new PaperDcap();
  static final DcapCollateral GOOD = PLATFORM.collateral(PaperDcap.Frame.TDX_4);
  static final String GUEST = Site.ZONE + "/nodes/guest-1";

  private static final int MEASURED_RTMRS = 3;

  private TeeZone() {}

  /** A site whose first pathway ends in a guest, live. */
  static Site site(Path directory, UnaryOperator<ZoneRules> zone, PaperGuest guest)
      throws IOException {
    Site site = Site.empty(directory, SiteOptions.USUAL.ruling(zone));
    site.join(Site.HYPERVISOR, Role.HYPERVISOR);
    site.join(Site.SWITCH, Role.SWITCH);
    site.join(Site.STORAGE, Role.STORAGE_CONTROLLER);
    site.join(site.guest(GUEST, Role.ENCLAVE, guest));
    site.pathway("first", Site.HYPERVISOR, Site.SWITCH, Site.STORAGE, GUEST);
    site.requireHealthy();
    return site;
  }

  /** With collateral of any age. */
  static ZoneRules rules(ZoneRules zone, TeeRules tee, List<DcapCollateral> collateral) {
    return rules(zone, tee, new Collateral(collateral, 0));
  }

  static ZoneRules rules(ZoneRules zone, TeeRules tee, Collateral collateral) {
    Map<Role, RoleRules> roles = new HashMap<>(zone.policy().roles());
    roles.put(
        Role.ENCLAVE,
        new RoleRules(
            RoleRules.DEFAULT.verdictMax(),
            Set.of(
                EvidenceFormat.TPM2_QUOTE,
                EvidenceFormat.SEV_SNP_REPORT,
                EvidenceFormat.SGX_QUOTE,
                EvidenceFormat.TDX_QUOTE,
                EvidenceFormat.AWS_NITRO),
            RoleRules.DEFAULT.pcrSelections(),
            List.of(),
            Site.EVIDENCE_AGE_MAX,
            false,
            EventLogRules.STRICT,
            tee));
    Map<Role, Map<String, Set<Bytes>>> references = new HashMap<>(zone.references().byRole());
    Map<String, Set<Bytes>> enclave = new HashMap<>(references.get(Role.ENCLAVE));
    enclave.put("snp/measurement", Set.of(PaperSnp.MEASUREMENT));
    enclave.put("sgx/mrenclave", Set.of(Bytes.fromHex("e1".repeat(32))));
    enclave.put("tdx/mrtd", Set.of(Bytes.fromHex("d1".repeat(48))));
    for (int i = 0; i < MEASURED_RTMRS; i++) {
      enclave.put("tdx/rtmr/" + i, Set.of(Bytes.fromHex(("a" + i).repeat(48))));
    }
    references.put(Role.ENCLAVE, enclave);
    return Zones.under(
        new PolicyRevision(
            new Policy(zone.policy().name(), roles, zone.policy().clockSkewMax()),
            new ReferenceValues(references, Map.of(), Map.of()),
            true),
        Zones.trusting(
            new ZoneTrust(
                zone.trust().endorsement(),
                Map.of(
                    EvidenceFormat.SEV_SNP_REPORT,
                    PaperSnp.anchors(),
                    EvidenceFormat.SGX_QUOTE,
                    PLATFORM.anchors(),
                    EvidenceFormat.TDX_QUOTE,
                    PLATFORM.anchors()),
                Map.of(),
                collateral,
                Set.of()),
            zone));
  }

  /** The same where certificates behind evidence of a format must lead to these. */
  static ZoneRules anchored(ZoneRules zone, EvidenceFormat format, Anchors anchors) {
    Map<EvidenceFormat, Anchors> evidence = new HashMap<>(zone.trust().evidence());
    evidence.put(format, anchors);
    return Zones.trusting(
        new ZoneTrust(
            zone.trust().endorsement(),
            evidence,
            zone.trust().platformKeys(),
            zone.trust().collateral(),
            zone.trust().attestedSites()),
        zone);
  }

  /** The same with devices that must speak beside the guest, without revocation lists. */
  static ZoneRules withDevices(ZoneRules zone, Anchors anchors, Map<String, Bytes> keys) {
    return Zones.under(
        new PolicyRevision(
            zone.policy(),
            new ReferenceValues(
                zone.references().byRole(), Map.of(), Map.of(NodeName.parse(GUEST), keys)),
            false),
        anchored(zone, EvidenceFormat.SPDM_MEASUREMENTS, anchors));
  }
}
