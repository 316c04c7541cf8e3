package dev.holdfast.server.service;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.node.v1.RenewNodeCertificateRequest;
import dev.holdfast.proto.node.v1.RenewNodeCertificateResponse;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.server.desk.SessionDesk;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.store.ledger.Ledger;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** {@code NodeService}: where nodes enrol and hold their sessions. */
final class NodeEndpoint extends NodeServiceGrpc.NodeServiceImplBase {
  private final Ledger ledger;
  private final Enrolment enrolment;
  private final SessionDesk desk;

  NodeEndpoint(Ledger ledger, Enrolment enrolment, SessionDesk desk) {
    this.ledger = ledger;
    this.enrolment = enrolment;
    this.desk = desk;
  }

  @Override
  public StreamObserver<EnrolNodeRequest> enrolNode(StreamObserver<EnrolNodeResponse> out) {
    return new StreamObserver<>() {
      private Enrolment.@Nullable Candidate candidate;
      private boolean over;

      @Override
      public void onNext(EnrolNodeRequest request) {
        if (over) {
          return;
        }
        try {
          step(request);
        } catch (RuntimeException failure) {
          over = true;
          out.onError(Unary.refuse(failure, "NodeService/EnrolNode"));
        }
      }

      private void step(EnrolNodeRequest request) {
        Enrolment.Candidate known = candidate;
        switch (request.getStepCase()) {
          case START -> {
            if (known != null) {
              throw new Refusal(
                  new Problem.IllegalState(
                      known.node().name().toString(), "challenged", "Send the proof."));
            }
            Enrolment.Challenged challenged = enrolment.start(request.getStart());
            candidate = challenged.candidate();
            out.onNext(challenged.response());
          }
          case PROOF -> {
            if (known == null) {
              throw new Refusal(new Problem.FieldMissing("start"));
            }
            over = true;
            out.onNext(enrolment.prove(known, request.getProof()));
            out.onCompleted();
          }
          case STEP_NOT_SET -> throw new Refusal(new Problem.FieldMissing("step"));
        }
      }

      @Override
      public void onError(Throwable gone) {
        over = true;
      }

      @Override
      public void onCompleted() {
        if (!over) {
          over = true;
          out.onError(
              Unary.refuse(
                  new Refusal(new Problem.FieldMissing("proof")), "NodeService/EnrolNode"));
        }
      }
    };
  }

  @Override
  public void renewNodeCertificate(
      RenewNodeCertificateRequest request, StreamObserver<RenewNodeCertificateResponse> out) {
    Unary.answer(
        out,
        "NodeService/RenewNodeCertificate",
        () -> {
          Caller.Node caller = (Caller.Node) Caller.current();
          var node =
              ledger
                  .nodes()
                  .get(caller.name())
                  .orElseThrow(() -> new Refusal(new Problem.NotFound(caller.name().toString())))
                  .value();
          return RenewNodeCertificateResponse.newBuilder()
              .setCertificate(enrolment.renew(node, request.getCertificateRequest()))
              .build();
        });
  }

  @Override
  public StreamObserver<SessionRequest> session(StreamObserver<SessionResponse> out) {
    return desk.begin((Caller.Node) Caller.current(), out);
  }
}
