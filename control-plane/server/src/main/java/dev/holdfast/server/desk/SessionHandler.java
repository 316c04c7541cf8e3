package dev.holdfast.server.desk;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.verifier.Identity;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.node.v1.AllocationReport;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Hello;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.node.v1.Welcome;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.attest.Identities;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.ledger.NodeRecord;
import dev.holdfast.store.ledger.NodeState;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one session: reads what a node says, in order, one message at a time, which
 * is what holds back a node that talks too much.
 */
final class SessionHandler implements StreamObserver<SessionRequest> {
  private static final String METHOD = "NodeService/Session";

  private final SessionDesk desk;
  private final Caller.Node caller;
  private final ServerCallStreamObserver<SessionResponse> out;
  private @Nullable NodeSession session;
  private @Nullable Identity identity;

  SessionHandler(
      SessionDesk desk, Caller.Node caller, ServerCallStreamObserver<SessionResponse> out) {
    this.desk = desk;
    this.caller = caller;
    this.out = out;
    out.setOnCancelHandler(this::close);
  }

  @Override
  public void onNext(SessionRequest message) {
    try {
      desk.timed(message, () -> take(message));
    } catch (RuntimeException failure) {
      NodeSession open = session;
      if (open == null) {
        out.onError(Unary.refuse(failure, METHOD));
      } else {
        desk.sessions().closed(open);
        open.end(Unary.refuse(failure, METHOD));
      }
    }
  }

  private void take(SessionRequest message) {
    NodeSession open = session;
    if (open == null) {
      if (!message.hasHello()) {
        throw new Refusal(new Problem.FieldMissing("hello"));
      }
      session = hello(message.getHello());
      return;
    }
    open.heard();
    read(open, message);
  }

  private void read(NodeSession open, SessionRequest message) {
    switch (message.getMessageCase()) {
      case EVIDENCE_BUNDLE -> evidence(open, message.getEvidenceBundle());
      case ALLOCATIONS -> allocations(open, message.getAllocations());
      case USAGE ->
          open.send(
              SessionResponse.newBuilder()
                  .setUsageAck(desk.usage().accept(open, message.getUsage())));
      case GRANT_REQUEST -> desk.grants().request(open, message.getGrantRequest());
      case GRANT_RELEASE -> desk.grants().release(open, message.getGrantRelease());
      case HEARTBEAT -> {
        if (message.getHeartbeat().hasCapacity()) {
          open.capacity(ResourceWire.read(message.getHeartbeat().getCapacity()));
          desk.reportCapacity(open);
        }
      }
      case HELLO ->
          throw new Refusal(
              new Problem.IllegalState(
                  open.node().toString(), "greeted", "Say Hello once, as the first message."));
      case MESSAGE_NOT_SET ->
          throw new Refusal(
              new AccessProblem.CallRefused(
                  Problem.Kind.UNIMPLEMENTED,
                  "MESSAGE_UNKNOWN",
                  "the message holds nothing that this release reads: use its .proto files",
                  Map.of()));
    }
  }

  private NodeSession hello(Hello hello) {
    NodeName name = Read.node("hello.node", hello.getNode());
    if (!name.equals(caller.name())) {
      throw new Refusal(new AccessProblem.IdentityMismatch(caller.name().toString()));
    }
    Role role = AttestationWire.role(hello.getRole(), hello.getRoleValue());
    if (!hello.hasCapabilities()) {
      throw new Refusal(new Problem.FieldMissing("hello.capabilities"));
    }
    if (!hello.getBootId().isEmpty() && hello.getBootId().size() != 16) {
      throw new Refusal(
          new Problem.Amount("hello.boot_id", "16 bytes", hello.getBootId().size() + " bytes"));
    }
    NodeRecord record =
        desk.ledger()
            .nodes()
            .get(name)
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())))
            .value();
    if (record.role() != role) {
      throw new Refusal(new AccessProblem.IdentityMismatch(name + " as " + record.role()));
    }
    identity = Identities.of(record);
    NodeSession opened =
        new NodeSession(
            new NodeSession.Identity(name, role, record.tenant(), caller.publicKey()),
            out,
            desk::leaderTerm);
    opened.introduce(
        ResourceWire.read(hello.getCapacity()),
        Write.bytes(hello.getBootId()),
        hello.getSoftwareVersion());
    if (desk.restarted(opened)) {
      desk.attestor().forget(name);
    }
    desk.sessions().opened(opened);
    welcome(opened);
    challenge(opened);
    return opened;
  }

  private void welcome(NodeSession opened) {
    var pace = desk.config().pace();
    opened.send(
        SessionResponse.newBuilder()
            .setWelcome(
                Welcome.newBuilder()
                    .setHeartbeatInterval(Write.span(pace.heartbeat()))
                    .setSamplePeriod(Write.span(pace.sample()))
                    .setReportInterval(Write.span(pace.report()))
                    .setAcknowledgedSequence(desk.usage().acknowledged(opened.node()))));
  }

  private void challenge(NodeSession opened) {
    Challenges.Issued issued =
        new Challenges.Issued(
            new Nonce(desk.randomBytes(Nonce.LENGTH)),
            opened.node(),
            Challenges.Occasion.SESSION,
            List.of(),
            desk.answerTimeout());
    desk.challenges().open(issued);
    opened.challenge(issued, rules().asked(opened.role()), _ -> {});
  }

  private void evidence(NodeSession open, ByteString serialised) {
    long arrived = System.nanoTime();
    Identity enrolled = identity;
    if (enrolled == null) {
      throw new IllegalStateException("a session without an identity");
    }
    if (desk.ledger().nodes().get(open.node()).map(n -> n.value().state()).orElse(NodeState.REVOKED)
        == NodeState.REVOKED) {
      throw new Refusal(
          new AccessProblem.CallRefused(
              Problem.Kind.PERMISSION_DENIED,
              "REVOKED",
              "trust in the node was withdrawn for good",
              Map.of("subject", open.node().toString())));
    }
    Attestor.Judged judged =
        desk.attestor()
            .judge(
                new Attestor.Subject(open.node(), open.role(), enrolled, open.channelKey(), true),
                serialised,
                rules());
    boolean first = !open.trusted();
    open.trusted(judged.good());
    var stored = desk.trust().judged(judged, arrived);
    desk.journal()
        .record(
            new Event.Appraised(
                open.node(),
                judged.appraisal().verdict(),
                judged.appraisal().findings().stream().map(f -> f.reason().name()).toList(),
                Duration.ofNanos(System.nanoTime() - arrived)));
    open.send(SessionResponse.newBuilder().setAppraisal(stored));
    if (!judged.good()) {
      open.answeredBadly(judged);
      return;
    }
    desk.sessions().accepted(open);
    if (first) {
      desk.reportCapacity(open);
      desk.provisioner().introduce(open);
    }
    nonceOf(serialised).ifPresent(nonce -> open.answered(nonce, judged));
  }

  private static Optional<Bytes> nonceOf(ByteString serialised) {
    try {
      return Optional.of(Write.bytes(EvidenceBundle.parseFrom(serialised).getNonce()));
    } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
      return Optional.empty();
    }
  }

  private void allocations(NodeSession open, AllocationReport report) {
    if (report.getStatusesCount() > 500) {
      throw new Refusal(
          new Problem.Amount(
              "allocations.statuses", "at most 500", Integer.toString(report.getStatusesCount())));
    }
    Map<ReservationName, AllocationStatus> statuses = new HashMap<>();
    for (AllocationStatus status : report.getStatusesList()) {
      Read.word(
          "allocations.state",
          status.getState(),
          status.getStateValue(),
          AllocationStatus.State.STATE_UNSPECIFIED,
          AllocationStatus.State.UNRECOGNIZED);
      statuses.put(
          ReservationName.parse(
              Read.required(
                  "allocations.observed.reservation", status.getObserved().getReservation())),
          status);
    }
    open.report(statuses, report.getSnapshot(), report.getSnapshotEnd());
    desk.provisioner().wake();
  }

  private ZoneRules rules() {
    return desk.config().zone(caller.name().zone());
  }

  @Override
  public void onError(Throwable cancelled) {
    close();
  }

  @Override
  public void onCompleted() {
    NodeSession open = session;
    close();
    if (open != null) {
      open.complete();
    } else {
      out.onCompleted();
    }
  }

  private void close() {
    NodeSession open = session;
    if (open != null) {
      desk.sessions().closed(open);
      open.complete();
      desk.provisioner().wake();
    }
  }
}
