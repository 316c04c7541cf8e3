package dev.holdfast.server.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.CreatePathwayRequest;
import dev.holdfast.proto.policy.v1.DeleteNodeRequest;
import dev.holdfast.proto.policy.v1.DeletePathwayRequest;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.GetPathwayRequest;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.ListNodesResponse;
import dev.holdfast.proto.policy.v1.ListPathwaysRequest;
import dev.holdfast.proto.policy.v1.ListPathwaysResponse;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.policy.v1.RevokeNodeRequest;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.evidence.EvidenceArchive;
import dev.holdfast.store.ledger.AppraisalRecord;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.NodeState;
import dev.holdfast.store.ledger.PathwayRecord;
import dev.holdfast.store.ledger.Stored;
import io.grpc.stub.StreamObserver;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code TopologyService}: nodes, their ways in, and the pathways that lead over them. */
final class TopologyEndpoint extends TopologyServiceGrpc.TopologyServiceImplBase {
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(10);
  private static final Duration TOKEN_LIFETIME_MAX = Duration.ofDays(7);
  private static final int TOKEN_BYTES = 32;

  private final ServerConfig config;
  private final Ledger ledger;
  private final Sessions sessions;
  private final Trust trust;
  private final CertificateAuthority authority;
  private final EvidenceArchive archive;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  TopologyEndpoint(
      ServerConfig config,
      Ledger ledger,
      Sessions sessions,
      Trust trust,
      CertificateAuthority authority,
      EvidenceArchive archive,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.sessions = sessions;
    this.trust = trust;
    this.authority = authority;
    this.archive = archive;
    this.clock = clock;
  }

  @Override
  public void getNode(GetNodeRequest request, StreamObserver<Node> out) {
    Unary.answer(
        out,
        "TopologyService/GetNode",
        () -> {
          NodeName name = Read.node("name", request.getName());
          if (Caller.current() instanceof Caller.Node node && !node.name().equals(name)) {
            throw new Refusal(new AccessProblem.IdentityMismatch(node.name().toString()));
          }
          return message(stored(name).value());
        });
  }

  @Override
  public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> out) {
    Unary.answer(
        out,
        "TopologyService/ListNodes",
        () -> {
          LedgerSnapshot seen = ledger.snapshot();
          List<NodeRecord> nodes =
              seen.nodes().values().stream()
                  .filter(node -> within(request.getParent(), node.name().zone()))
                  .toList();
          return Pages.of(request.getPageSize(), request.getPageToken(), nodes)
              .into(
                  (page, next) ->
                      ListNodesResponse.newBuilder()
                          .addAllNodes(page.stream().map(this::message).toList())
                          .setNextPageToken(next)
                          .build());
        });
  }

  private static boolean within(String parent, TrustZoneName zone) {
    return Read.required("parent", parent).equals("trustZones/-")
        || Read.trustZone("parent", parent).equals(zone);
  }

  @Override
  public void createNode(CreateNodeRequest request, StreamObserver<Node> out) {
    Unary.answer(
        out,
        "TopologyService/CreateNode",
        () -> {
          TrustZoneName zone = Read.trustZone("parent", request.getParent());
          config.zone(zone);
          NodeName name =
              Read.node(
                  "node_id", zone + "/nodes/" + Read.required("node_id", request.getNodeId()));
          Node wanted = request.getNode();
          Role role = AttestationWire.role(wanted.getRole(), wanted.getRoleValue());
          Optional<TenantName> tenant =
              wanted.getTenant().isEmpty()
                  ? Optional.empty()
                  : Optional.of(TenantName.parse(wanted.getTenant()));
          if (role == Role.ENCLAVE && tenant.isEmpty()) {
            throw new Refusal(new Problem.FieldMissing("node.tenant"));
          }
          if (role != Role.ENCLAVE && tenant.isPresent()) {
            throw new Refusal(
                new Problem.IllegalState(
                    "node.tenant", role.name(), "Only an enclave has a tenant."));
          }
          tenant.ifPresent(config::tenant);
          Optional<ResourceVector> most =
              wanted.hasCapacityMax()
                  ? Optional.of(ResourceWire.read(wanted.getCapacityMax()))
                  : Optional.empty();
          return message(
              ledger.nodes().create(NodeRecord.created(name, role, tenant, most)).value());
        });
  }

  @Override
  public void deleteNode(DeleteNodeRequest request, StreamObserver<Empty> out) {
    Unary.answer(
        out,
        "TopologyService/DeleteNode",
        () -> {
          NodeName name = Read.node("name", request.getName());
          ledger.nodes().delete(name, edition(name.toString(), request.getEtag()));
          sessions.end(name, "the node was deleted");
          archive.delete(name);
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void revokeNode(RevokeNodeRequest request, StreamObserver<Node> out) {
    Unary.answer(
        out,
        "TopologyService/RevokeNode",
        () -> {
          long arrived = System.nanoTime();
          NodeName name = Read.node("name", request.getName());
          Read.required("reason", request.getReason());
          NodeRecord revoked = ledger.nodes().revoke(name).value();
          trust.lose(
              name,
              List.of(
                  dev.holdfast.attestation.Finding.against(
                          dev.holdfast.attestation.Reason.HOP_REVOKED,
                          "an operator withdrew trust from node \"" + name + "\"")
                      .remedy("Use another pathway; delete the node and create it anew.")),
              arrived);
          sessions.end(name, "trust in the node was withdrawn");
          return message(revoked);
        });
  }

  @Override
  public void createJoinToken(CreateJoinTokenRequest request, StreamObserver<JoinToken> out) {
    Unary.answer(
        out,
        "TopologyService/CreateJoinToken",
        () -> {
          NodeName name = Read.node("node", request.getNode());
          Duration lifetime =
              Read.span(
                  "lifetime",
                  request.hasLifetime(),
                  request.getLifetime(),
                  TOKEN_LIFETIME,
                  Duration.ofSeconds(1),
                  TOKEN_LIFETIME_MAX);
          ByteString hardware = request.getExpectedHardwareDigest();
          if (!hardware.isEmpty() && hardware.size() != Sha256.LENGTH) {
            throw new Refusal(
                new Problem.Amount(
                    "expected_hardware_digest", "32 bytes", hardware.size() + " bytes"));
          }
          byte[] secret = new byte[TOKEN_BYTES];
          random.nextBytes(secret);
          String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
          var kept =
              ledger
                  .nodes()
                  .createToken(
                      new dev.holdfast.store.ledger.JoinToken(
                          Sha256.of(token),
                          name,
                          clock.instant().plus(lifetime),
                          hardware.isEmpty()
                              ? Optional.empty()
                              : Optional.of(Write.bytes(hardware))))
                  .value();
          return JoinToken.newBuilder()
              .setToken(token)
              .setServerRootDigest(ByteString.copyFrom(authority.rootDigest()))
              .setExpireTime(Write.time(kept.expiresAt()))
              .build();
        });
  }

  @Override
  public void getPathway(GetPathwayRequest request, StreamObserver<Pathway> out) {
    Unary.answer(
        out,
        "TopologyService/GetPathway",
        () -> {
          PathwayName name = Read.pathway("name", request.getName());
          LedgerSnapshot seen = ledger.snapshot();
          PathwayRecord record = seen.pathways().get(name);
          if (record == null) {
            throw new Refusal(new Problem.NotFound(name.toString()));
          }
          return message(seen, record);
        });
  }

  @Override
  public void listPathways(ListPathwaysRequest request, StreamObserver<ListPathwaysResponse> out) {
    Unary.answer(
        out,
        "TopologyService/ListPathways",
        () -> {
          LedgerSnapshot seen = ledger.snapshot();
          List<PathwayRecord> pathways =
              seen.pathways().values().stream()
                  .filter(record -> within(request.getParent(), record.pathway().name().zone()))
                  .toList();
          Pages<PathwayRecord> page =
              Pages.of(request.getPageSize(), request.getPageToken(), pathways);
          ListPathwaysResponse.Builder response =
              ListPathwaysResponse.newBuilder().setNextPageToken(page.nextToken());
          for (PathwayRecord record : page.page()) {
            response.addPathways(message(seen, record));
          }
          return response.build();
        });
  }

  @Override
  public void createPathway(CreatePathwayRequest request, StreamObserver<Pathway> out) {
    Unary.answer(
        out,
        "TopologyService/CreatePathway",
        () -> {
          TrustZoneName zone = Read.trustZone("parent", request.getParent());
          config.zone(zone);
          PathwayName name =
              Read.pathway(
                  "pathway_id",
                  zone + "/pathways/" + Read.required("pathway_id", request.getPathwayId()));
          List<Hop> hops = new ArrayList<>();
          for (var hop : request.getPathway().getHopsList()) {
            NodeName node = Read.node("pathway.hops.node", hop.getNode());
            hops.add(new Hop(stored(node).value().role(), node));
          }
          var wrong = dev.holdfast.attestation.Pathway.check(name, hops);
          if (!wrong.isEmpty()) {
            throw new Refusal(new Problem.ChainRefused(name.toString(), wrong));
          }
          requireRoles(name, hops);
          Bytes detail =
              Bytes.of(
                  Pathway.newBuilder()
                      .setName(name.toString())
                      .addAllHops(request.getPathway().getHopsList())
                      .build()
                      .toByteArray());
          ledger.pathways().create(new dev.holdfast.attestation.Pathway(name, hops), detail);
          LedgerSnapshot seen = ledger.snapshot();
          return message(seen, java.util.Objects.requireNonNull(seen.pathways().get(name)));
        });
  }

  /** A pathway without a role that the policy asks for could never be trusted. */
  private void requireRoles(PathwayName name, List<Hop> hops) {
    for (Role role : config.zone(name.zone()).policy().roles().keySet()) {
      if (hops.stream().noneMatch(hop -> hop.role() == role)) {
        throw new Refusal(
            new Problem.ChainRefused(
                name.toString(),
                List.of(
                    dev.holdfast.attestation.Finding.against(
                            dev.holdfast.attestation.Reason.CHAIN_INCOMPLETE,
                            "the policy of the zone asks for a " + role + ", and no hop is one")
                        .at("role/" + role.number())
                        .expecting(role.name())
                        .remedy("Add a " + role + " to the pathway."))));
      }
    }
  }

  @Override
  public void deletePathway(DeletePathwayRequest request, StreamObserver<Empty> out) {
    Unary.answer(
        out,
        "TopologyService/DeletePathway",
        () -> {
          PathwayName name = Read.pathway("name", request.getName());
          ledger.pathways().delete(name, edition(name.toString(), request.getEtag()));
          return Empty.getDefaultInstance();
        });
  }

  private Stored<NodeRecord> stored(NodeName name) {
    return ledger
        .nodes()
        .get(name)
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
  }

  private static OptionalLong edition(String subject, String etag) {
    if (etag.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(etag));
    } catch (NumberFormatException notOurs) {
      throw new Refusal(new Problem.StaleEtag(subject));
    }
  }

  private Node message(NodeRecord node) {
    Node.Builder builder =
        Node.newBuilder()
            .setName(node.name().toString())
            .setRole(AttestationWire.role(node.role()))
            .setTenant(node.tenant().map(TenantName::toString).orElse(""))
            .setState(state(node.state()))
            .setCapacity(ResourceWire.write(node.capacity()))
            .setHeld(ResourceWire.write(ledger.nodes().held(node.name()).amount()))
            .setEtag(Long.toString(node.edition()));
    node.capacityMax().ifPresent(most -> builder.setCapacityMax(ResourceWire.write(most)));
    node.identity()
        .ifPresent(identity -> builder.setHardwareDigest(Write.bytes(identity.hardwareDigest())));
    Optional<NodeSession> session = sessions.of(node.name());
    builder.setConnected(session.isPresent());
    session.ifPresent(
        open ->
            builder
                .setSoftwareVersion(open.software())
                .setLastSeenTime(Write.time(clock.instant().minusNanos(open.silentNanos()))));
    List<AppraisalRecord> appraisals = ledger.nodes().appraisals(node.name());
    if (!appraisals.isEmpty()) {
      AppraisalRecord newest = appraisals.getFirst();
      builder
          .setAppraisal(node.name() + "/appraisals/" + newest.id())
          .setVerdict(AttestationWire.verdict(newest.verdict()))
          .setAppraiseTime(Write.time(newest.appraisedAt()));
    }
    return builder.build();
  }

  private static Node.State state(NodeState state) {
    return switch (state) {
      case CREATED -> Node.State.STATE_CREATED;
      case UNTRUSTED -> Node.State.STATE_UNTRUSTED;
      case TRUSTED -> Node.State.STATE_TRUSTED;
      case REVOKED -> Node.State.STATE_REVOKED;
    };
  }

  private Pathway message(LedgerSnapshot seen, PathwayRecord record)
      throws InvalidProtocolBufferException {
    Pathway.Builder builder =
        Pathway.parseFrom(record.detail().toByteArray()).toBuilder()
            .setEtag(Long.toString(record.edition()));
    Stored<ChainRecord> chain = seen.chains().get(record.pathway().name());
    if (chain != null) {
      builder.setAttestationChain(chain.value().chain().name().toString());
    }
    return builder.setFree(ResourceWire.write(Room.free(seen, record.pathway()))).build();
  }
}
