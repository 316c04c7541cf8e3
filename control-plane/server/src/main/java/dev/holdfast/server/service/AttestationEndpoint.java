package dev.holdfast.server.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraisalView;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.GetAppraisalRequest;
import dev.holdfast.proto.attestation.v1.GetAttestationChainRequest;
import dev.holdfast.proto.attestation.v1.IssueChallengeRequest;
import dev.holdfast.proto.attestation.v1.ListAppraisalsRequest;
import dev.holdfast.proto.attestation.v1.ListAppraisalsResponse;
import dev.holdfast.proto.attestation.v1.ListAttestationChainsRequest;
import dev.holdfast.proto.attestation.v1.ListAttestationChainsResponse;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.server.allot.Admissions;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.ChallengeMessages;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.attest.Identities;
import dev.holdfast.server.chain.Rounds;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.AppraisalRecord;
import dev.holdfast.store.ledger.ChainRecord;
import dev.holdfast.store.ledger.ChainState;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.PathwayRecord;
import io.grpc.stub.StreamObserver;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** {@code AttestationService}: challenges, appraisals and chains. */
final class AttestationEndpoint extends AttestationServiceGrpc.AttestationServiceImplBase {
  private final ServerConfig config;
  private final Ledger ledger;
  private final Challenges challenges;
  private final Attestor attestor;
  private final Trust trust;
  private final Admissions admissions;
  private final Preview preview;
  private final Duration answerTimeout;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  AttestationEndpoint(
      ServerConfig config,
      Ledger ledger,
      Challenges challenges,
      Attestor attestor,
      Trust trust,
      Admissions admissions,
      Preview preview,
      Duration answerTimeout,
      InstantSource clock) {
    this.config = config;
    this.ledger = ledger;
    this.challenges = challenges;
    this.attestor = attestor;
    this.trust = trust;
    this.admissions = admissions;
    this.preview = preview;
    this.answerTimeout = answerTimeout;
    this.clock = clock;
  }

  @Override
  public void issueChallenge(IssueChallengeRequest request, StreamObserver<Challenge> out) {
    Unary.answer(
        out,
        "AttestationService/IssueChallenge",
        () -> {
          NodeName name = own(Read.node("node", request.getNode()));
          NodeRecord node = node(name);
          byte[] nonce = new byte[Nonce.LENGTH];
          random.nextBytes(nonce);
          Challenges.Issued issued =
              new Challenges.Issued(
                  new Nonce(Bytes.of(nonce)),
                  name,
                  Challenges.Occasion.CALLER,
                  List.of(),
                  answerTimeout);
          challenges.open(issued);
          return ChallengeMessages.challenge(issued, config.zone(name.zone()).asked(node.role()));
        });
  }

  @Override
  public void appraiseEvidence(AppraiseEvidenceRequest request, StreamObserver<Appraisal> out) {
    Unary.answer(
        out,
        "AttestationService/AppraiseEvidence",
        () -> {
          long arrived = System.nanoTime();
          NodeName name = own(Read.node("node", request.getNode()));
          if (request.getEvidenceBundle().isEmpty()) {
            throw new Refusal(new Problem.FieldMissing("evidence_bundle"));
          }
          NodeRecord node = node(name);
          boolean ownChannel = Caller.current() instanceof Caller.Node;
          Attestor.Judged judged =
              attestor.judge(
                  new Attestor.Subject(
                      name, node.role(), Identities.of(node), channelKey(request), ownChannel),
                  request.getEvidenceBundle(),
                  config.zone(name.zone()));
          if (!ownChannel) {
            return AttestationWire.appraisal(judged.appraisal(), "", judged.metrics());
          }
          return trust.judged(judged, arrived);
        });
  }

  /**
   * Over a node's own channel, its key; for an operator, whatever key the evidence itself binds.
   */
  private static Bytes channelKey(AppraiseEvidenceRequest request)
      throws InvalidProtocolBufferException {
    if (Caller.current() instanceof Caller.Node node) {
      return node.publicKey();
    }
    try {
      ByteString key = EvidenceBundle.parseFrom(request.getEvidenceBundle()).getSessionPublicKey();
      return key.isEmpty() ? Bytes.of((byte) 0) : Write.bytes(key);
    } catch (InvalidProtocolBufferException malformed) {
      // The attestor says so in full.
      return Bytes.of((byte) 0);
    }
  }

  @Override
  public void getAppraisal(GetAppraisalRequest request, StreamObserver<Appraisal> out) {
    Unary.answer(
        out,
        "AttestationService/GetAppraisal",
        () -> {
          String[] parts = Read.required("name", request.getName()).split("/appraisals/", -1);
          if (parts.length != 2) {
            throw new Refusal(
                new Problem.IdFormat(
                    "name", "trustZones/{trust_zone}/nodes/{node}/appraisals/{appraisal}"));
          }
          NodeName name = own(Read.node("name", parts[0]));
          List<AppraisalRecord> kept = ledger.nodes().appraisals(name);
          AppraisalRecord found =
              kept.stream()
                  .filter(record -> parts[1].equals("-") || record.id().equals(parts[1]))
                  .findFirst()
                  .orElseThrow(() -> new Refusal(new Problem.NotFound(name + "/appraisals/…")));
          return view(found, request.getView() == AppraisalView.APPRAISAL_VIEW_FULL);
        });
  }

  @Override
  public void listAppraisals(
      ListAppraisalsRequest request, StreamObserver<ListAppraisalsResponse> out) {
    Unary.answer(
        out,
        "AttestationService/ListAppraisals",
        () -> {
          NodeName name = own(Read.node("parent", request.getParent()));
          ListAppraisalsResponse.Builder response = ListAppraisalsResponse.newBuilder();
          // As many as are kept of one node fit a page.
          for (AppraisalRecord record : ledger.nodes().appraisals(name)) {
            response.addAppraisals(view(record, false));
          }
          return response.build();
        });
  }

  private static Appraisal view(AppraisalRecord record, boolean full)
      throws InvalidProtocolBufferException {
    Appraisal appraisal = Appraisal.parseFrom(record.content().toByteArray());
    return full ? appraisal : appraisal.toBuilder().clearClaims().build();
  }

  @Override
  public void attestPathway(AttestPathwayRequest request, StreamObserver<AttestationChain> out) {
    Unary.answer(
        out,
        "AttestationService/AttestPathway",
        () -> {
          PathwayName name = Read.pathway("pathway", request.getPathway());
          requireSeen(name);
          PathwayRecord record = pathway(name);
          Rounds.Outcome outcome = admissions.attest(record.pathway(), Challenges.Occasion.PATHWAY);
          ChainRecord stored =
              ledger.pathways().chain(name).map(s -> s.value()).orElse(outcome.record());
          if (!outcome.live()) {
            throw new Refusal(new Problem.ChainRefused(name.toString(), outcome.findings()));
          }
          if (stored.state() != ChainState.LIVE) {
            throw new Refusal(new Problem.ChainRefused(name.toString(), stored.chain().findings()));
          }
          return message(stored);
        });
  }

  @Override
  public void getAttestationChain(
      GetAttestationChainRequest request, StreamObserver<AttestationChain> out) {
    Unary.answer(
        out,
        "AttestationService/GetAttestationChain",
        () -> {
          String name = Read.required("name", request.getName());
          boolean newest = name.endsWith("/attestationChains/-");
          PathwayName pathway =
              newest
                  ? Read.pathway(
                      "name", name.substring(0, name.length() - "/attestationChains/-".length()))
                  : ChainName.parse(name).pathway();
          requireSeen(pathway);
          ChainRecord found =
              ledger
                  .pathways()
                  .chain(pathway)
                  .map(stored -> stored.value())
                  .filter(chain -> newest || chain.chain().name().toString().equals(name))
                  .orElseThrow(
                      () -> new Refusal(new Problem.NotFound(pathway + "/attestationChains/…")));
          return message(found);
        });
  }

  @Override
  public void listAttestationChains(
      ListAttestationChainsRequest request, StreamObserver<ListAttestationChainsResponse> out) {
    Unary.answer(
        out,
        "AttestationService/ListAttestationChains",
        () -> {
          String parent = Read.required("parent", request.getParent());
          LedgerSnapshot seen = ledger.snapshot();
          List<AttestationChain> chains = new ArrayList<>();
          for (var stored : seen.chains().values()) {
            PathwayName pathway = stored.value().chain().name().pathway();
            boolean wanted =
                parent.equals("trustZones/-/pathways/-")
                    || parent.equals(pathway.zone() + "/pathways/-")
                    || parent.equals(pathway.toString());
            if (wanted) {
              chains.add(message(stored.value()));
            }
          }
          return Pages.of(request.getPageSize(), request.getPageToken(), chains)
              .into(
                  (page, next) ->
                      ListAttestationChainsResponse.newBuilder()
                          .addAllAttestationChains(page)
                          .setNextPageToken(next)
                          .setRevision(seen.revision())
                          .build());
        });
  }

  @Override
  public void previewPolicy(
      PreviewPolicyRequest request, StreamObserver<PreviewPolicyResponse> out) {
    Unary.answer(out, "AttestationService/PreviewPolicy", () -> preview.of(request));
  }

  /** The stored chain; one that was live and whose time is up is shown as expired. */
  private AttestationChain message(ChainRecord record) throws InvalidProtocolBufferException {
    AttestationChain chain = AttestationChain.parseFrom(record.content().toByteArray());
    boolean expired =
        record.state() == ChainState.LIVE && !record.chain().expiresAt().isAfter(clock.instant());
    return expired
        ? chain.toBuilder().setState(AttestationChain.State.STATE_EXPIRED).build()
        : chain;
  }

  /** Operators see every chain; a node those that it is part of; an application its tenant's. */
  private void requireSeen(PathwayName pathway) {
    PathwayRecord record = pathway(pathway);
    boolean seen =
        switch (Caller.current()) {
          case Caller.Operator _ -> true;
          case Caller.Node node ->
              record.pathway().hops().stream().anyMatch(hop -> hop.node().equals(node.name()));
          case Caller.Application application ->
              ledger
                  .nodes()
                  .get(record.pathway().hops().getLast().node())
                  .flatMap(stored -> stored.value().tenant())
                  .filter(application.tenant()::equals)
                  .isPresent();
          case Caller.Anonymous _, Caller.Stranger _ -> false;
        };
    if (!seen) {
      throw new Refusal(new Problem.NotFound(pathway.toString()));
    }
  }

  private PathwayRecord pathway(PathwayName name) {
    return ledger
        .pathways()
        .get(name)
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
        .value();
  }

  private NodeRecord node(NodeName name) {
    return ledger
        .nodes()
        .get(name)
        .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
        .value();
  }

  /** A node may ask for itself alone. */
  private static NodeName own(NodeName name) {
    if (Caller.current() instanceof Caller.Node node && !node.name().equals(name)) {
      throw new Refusal(new AccessProblem.IdentityMismatch(node.name().toString()));
    }
    return name;
  }
}
