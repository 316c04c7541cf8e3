package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.CurrentChain;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.store.proto.AmountsRow;
import dev.holdfast.store.proto.AppraisalRow;
import dev.holdfast.store.proto.ChainRow;
import dev.holdfast.store.proto.FindingRow;
import dev.holdfast.store.proto.HopRow;
import dev.holdfast.store.proto.NodeRow;
import dev.holdfast.store.proto.PathwayRow;
import dev.holdfast.store.proto.TokenRow;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The ledger's values as rows and back; a row that makes no valid value throws. */
final class Rows {
  private static final Map<Integer, Role> ROLES = roles();

  /** In the order of their numbers, which begin with 1 and leave none out. */
  private static final List<Resource> RESOURCES = List.of(Resource.values());

  private Rows() {}

  private static Map<Integer, Role> roles() {
    var roles = new java.util.HashMap<Integer, Role>();
    for (Role role : Role.values()) {
      roles.put(role.number(), role);
    }
    return Map.copyOf(roles);
  }

  static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.toByteArray());
  }

  static Bytes bytes(ByteString bytes) {
    return Bytes.of(bytes.toByteArray());
  }

  static AmountsRow amounts(ResourceVector amount) {
    AmountsRow.Builder row = AmountsRow.newBuilder();
    for (Resource resource : RESOURCES) {
      row.addByNumber(amount.get(resource));
    }
    return row.build();
  }

  static ResourceVector amounts(AmountsRow row) {
    var amounts = new EnumMap<Resource, Long>(Resource.class);
    row.getByNameMap().forEach((name, value) -> amounts.put(Resource.valueOf(name), value));
    for (int i = 0; i < row.getByNumberCount(); i++) {
      amounts.put(RESOURCES.get(i), row.getByNumber(i));
    }
    return ResourceVector.of(amounts);
  }

  static Role role(int number) {
    return Optional.ofNullable(ROLES.get(number))
        .orElseThrow(() -> new IllegalArgumentException("no role has the number " + number));
  }

  static NodeRow node(NodeRecord node, int pathways) {
    NodeRow.Builder row =
        NodeRow.newBuilder()
            .setName(node.name().toString())
            .setRole(node.role().number())
            .setCapacityReported(amounts(node.capacityReported()))
            .setState(node.state().name())
            .setCertificateSerial(node.certificateSerial())
            .setUnschedulable(node.unschedulable())
            .setEdition(node.edition())
            .setPathways(pathways);
    node.tenant().ifPresent(tenant -> row.setTenant(tenant.toString()));
    node.capacityMax().ifPresent(most -> row.setCapacityMax(amounts(most)));
    node.identity()
        .ifPresent(
            identity ->
                row.setHardwareDigest(bytes(identity.hardwareDigest()))
                    .setEndorsementKey(bytes(identity.endorsementKey()))
                    .setAttestationKey(bytes(identity.attestationKey())));
    return row.build();
  }

  static NodeRecord node(NodeRow row) {
    return new NodeRecord(
        NodeName.parse(row.getName()),
        role(row.getRole()),
        row.getTenant().isEmpty()
            ? Optional.empty()
            : Optional.of(TenantName.parse(row.getTenant())),
        row.hasCapacityMax() ? Optional.of(amounts(row.getCapacityMax())) : Optional.empty(),
        amounts(row.getCapacityReported()),
        NodeState.valueOf(row.getState()),
        row.getHardwareDigest().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new NodeIdentity(
                    bytes(row.getHardwareDigest()),
                    bytes(row.getEndorsementKey()),
                    bytes(row.getAttestationKey()))),
        row.getCertificateSerial(),
        row.getUnschedulable(),
        row.getEdition());
  }

  static PathwayRow pathway(PathwayRecord pathway) {
    PathwayRow.Builder row =
        PathwayRow.newBuilder()
            .setName(pathway.pathway().name().toString())
            .setDetail(bytes(pathway.detail()))
            .setEdition(pathway.edition());
    for (Hop hop : pathway.pathway().hops()) {
      row.addHops(HopRow.newBuilder().setRole(hop.role().number()).setNode(hop.node().toString()));
    }
    return row.build();
  }

  static PathwayRecord pathway(PathwayRow row) {
    return new PathwayRecord(
        new Pathway(
            PathwayName.parse(row.getName()),
            row.getHopsList().stream()
                .map(hop -> new Hop(role(hop.getRole()), NodeName.parse(hop.getNode())))
                .toList()),
        bytes(row.getDetail()),
        row.getEdition());
  }

  static ChainRow chain(ChainRecord record) {
    CurrentChain chain = record.chain();
    ChainRow.Builder row =
        ChainRow.newBuilder()
            .setName(chain.name().toString())
            .setState(record.state().name())
            .setVerdict(chain.verdict().name())
            .setExpiresMillis(chain.expiresAt().toEpochMilli())
            .setContent(bytes(record.content()));
    for (Finding finding : chain.findings()) {
      row.addFindings(
          FindingRow.newBuilder()
              .setReason(finding.reason().name())
              .setVerdict(finding.verdict().name())
              .setMessage(finding.message())
              .setComponent(finding.component())
              .setClaim(finding.claim())
              .addAllExpected(finding.expected())
              .setFound(finding.found())
              .setRemedy(finding.remedy()));
    }
    return row.build();
  }

  static ChainRecord chain(ChainRow row) {
    return new ChainRecord(
        new CurrentChain(
            ChainName.parse(row.getName()),
            Verdict.valueOf(row.getVerdict()),
            row.getFindingsList().stream().map(Rows::finding).toList(),
            Instant.ofEpochMilli(row.getExpiresMillis())),
        ChainState.valueOf(row.getState()),
        bytes(row.getContent()));
  }

  private static Finding finding(FindingRow row) {
    return new Finding(
        Reason.valueOf(row.getReason()),
        Verdict.valueOf(row.getVerdict()),
        row.getMessage(),
        row.getComponent(),
        row.getClaim(),
        row.getExpectedList(),
        row.getFound(),
        row.getRemedy());
  }

  static AppraisalRow appraisal(AppraisalRecord appraisal) {
    return AppraisalRow.newBuilder()
        .setId(appraisal.id())
        .setVerdict(appraisal.verdict().name())
        .setAppraisedMillis(appraisal.appraisedAt().toEpochMilli())
        .setExpiresMillis(appraisal.expiresAt().toEpochMilli())
        .setContent(bytes(appraisal.content()))
        .build();
  }

  static AppraisalRecord appraisal(AppraisalRow row) {
    return new AppraisalRecord(
        row.getId(),
        Verdict.valueOf(row.getVerdict()),
        Instant.ofEpochMilli(row.getAppraisedMillis()),
        Instant.ofEpochMilli(row.getExpiresMillis()),
        bytes(row.getContent()));
  }

  static TokenRow token(JoinToken token, boolean used) {
    TokenRow.Builder row =
        TokenRow.newBuilder()
            .setNode(token.node().toString())
            .setExpiresMillis(token.expiresAt().toEpochMilli())
            .setUsed(used);
    token.expectedHardware().ifPresent(digest -> row.setExpectedHardware(bytes(digest)));
    return row.build();
  }

  static JoinToken token(Bytes hash, TokenRow row) {
    return new JoinToken(
        hash,
        NodeName.parse(row.getNode()),
        Instant.ofEpochMilli(row.getExpiresMillis()),
        row.getExpectedHardware().isEmpty()
            ? Optional.empty()
            : Optional.of(bytes(row.getExpectedHardware())));
  }
}
