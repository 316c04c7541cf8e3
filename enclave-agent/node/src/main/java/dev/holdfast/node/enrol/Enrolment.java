package dev.holdfast.node.enrol;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.node.evidence.EvidenceSource;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.node.tpm.TpmAttester;
import dev.holdfast.proto.node.v1.EnrolNodeRequest;
import dev.holdfast.proto.node.v1.EnrolNodeResponse;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.node.v1.RenewNodeCertificateRequest;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.replica.Replicas;
import dev.holdfast.proto.replica.ServerAddress;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How a node comes by its identity and renews it. */
public final class Enrolment {
  private static final long TIMEOUT_SECONDS = 120;

  /** How long to wait for a replica to take the lead. */
  private static final Duration VACANT_MAX = Duration.ofMinutes(1);

  /** The longest pause before all of them are asked again. */
  private static final Duration PAUSE_MAX = Duration.ofSeconds(1);

  private final NodeName node;
  private final Replicas servers;
  private final StateFiles state;

  /** An enrolment of one node with PAM. */
  public Enrolment(NodeName node, Replicas servers, StateFiles state) {
    this.node = node;
    this.servers = servers;
    this.state = state;
  }

  /**
   * Enrols the node. The token is sent only to a PAM that leads to the root it names.
   *
   * @param tpm the TPM whose keys are enrolled, if it is a TPM that vouches for the node
   * @throws IOException with the reason, when PAM refuses, cannot be reached, or is not the one
   *     named
   */
  public NodeIdentity enrol(JoinToken token, Optional<TpmAttester> tpm, EvidenceSource evidence)
      throws IOException, InterruptedException {
    return withLeader(
        "node " + node + " could not enrol", server -> enrol(server, token, tpm, evidence));
  }

  private NodeIdentity enrol(
      ServerAddress server, JoinToken token, Optional<TpmAttester> tpm, EvidenceSource evidence)
      throws IOException, StatusException, GeneralSecurityException, InterruptedException {
    SessionKey key = SessionKey.draw();
    ManagedChannel channel = PamChannels.pinned(server, token.serverRootDigest());
    try {
      BlockingClientCall<EnrolNodeRequest, EnrolNodeResponse> call =
          NodeServiceGrpc.newBlockingV2Stub(channel)
              .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .enrolNode();
      call.write(EnrolNodeRequest.newBuilder().setStart(start(token, tpm, key)).build());
      EnrolNodeResponse challenge = next(call);
      if (!challenge.hasChallenge()) {
        throw new IOException("PAM answered the start of an enrolment without a challenge");
      }
      call.write(
          EnrolNodeRequest.newBuilder()
              .setProof(proof(challenge.getChallenge(), tpm, evidence, key))
              .build());
      call.halfClose();
      EnrolNodeResponse last = next(call);
      if (!last.hasEnrolment()) {
        throw new IOException("PAM answered the proof of an enrolment without an identity");
      }
      NodeIdentity identity = NodeIdentity.of(key, last.getEnrolment().getCertificate());
      requirePinned(identity, token.serverRootDigest());
      identity.save(state);
      return identity;
    } finally {
      channel.shutdownNow();
    }
  }

  private EnrolNodeRequest.Start start(JoinToken token, Optional<TpmAttester> tpm, SessionKey key) {
    var start =
        EnrolNodeRequest.Start.newBuilder()
            .setNode(node.toString())
            .setJoinToken(token.token())
            .setCertificateRequest(ByteString.copyFrom(key.certificateRequest()));
    tpm.ifPresent(
        present ->
            start.setTpmKeys(
                EnrolNodeRequest.TpmKeys.newBuilder()
                    .setEkPublic(bytes(present.endorsementKey().publicArea()))
                    .addEkCertificates(bytes(present.endorsementKey().certificate()))
                    .setAkPublic(bytes(present.attestationKey()))));
    return start.build();
  }

  private static EnrolNodeRequest.Proof proof(
      EnrolNodeResponse.EnrolmentChallenge asked,
      Optional<TpmAttester> tpm,
      EvidenceSource evidence,
      SessionKey key)
      throws IOException {
    var proof = EnrolNodeRequest.Proof.newBuilder();
    if (tpm.isPresent()) {
      Bytes secret =
          tpm.get()
              .activateCredential(
                  Bytes.of(asked.getCredentialBlob().toByteArray()),
                  Bytes.of(asked.getEncryptedSecret().toByteArray()));
      proof.setActivatedSecret(bytes(secret));
    }
    return proof.setEvidenceBundle(evidence.answer(asked.getChallenge(), key.publicKey())).build();
  }

  private static EnrolNodeResponse next(BlockingClientCall<?, EnrolNodeResponse> call)
      throws IOException, StatusException, InterruptedException {
    try {
      EnrolNodeResponse response = call.read(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (response == null) {
        throw new IOException("PAM ended the enrolment before it was done");
      }
      return response;
    } catch (TimeoutException e) {
      throw Status.DEADLINE_EXCEEDED
          .withDescription("PAM did not answer in time")
          .withCause(e)
          .asException();
    }
  }

  /** A PAM that we trusted for one root must not hand us another one to trust. */
  private static void requirePinned(NodeIdentity identity, Bytes rootDigest) throws IOException {
    for (X509Certificate root : identity.roots()) {
      if (PamChannels.digest(root).equals(rootDigest)) {
        return;
      }
    }
    throw new IOException("the trust bundle lacks the root that the join token names");
  }

  /** Renews the certificate under a new key. */
  public NodeIdentity renew(NodeIdentity present) throws IOException, InterruptedException {
    return withLeader("the certificate could not be renewed", server -> renew(server, present));
  }

  private NodeIdentity renew(ServerAddress server, NodeIdentity present)
      throws IOException, StatusException, GeneralSecurityException, InterruptedException {
    SessionKey key = SessionKey.draw();
    ManagedChannel channel = PamChannels.mutual(server, present);
    try {
      var response =
          NodeServiceGrpc.newBlockingV2Stub(channel)
              .withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .renewNodeCertificate(
                  RenewNodeCertificateRequest.newBuilder()
                      .setCertificateRequest(ByteString.copyFrom(key.certificateRequest()))
                      .build());
      NodeIdentity identity = NodeIdentity.of(key, response.getCertificate());
      identity.save(state);
      return identity;
    } finally {
      channel.shutdownNow();
    }
  }

  /** What is asked of whoever leads. */
  private interface Request {
    NodeIdentity ask(ServerAddress server)
        throws IOException, StatusException, GeneralSecurityException, InterruptedException;
  }

  private NodeIdentity withLeader(String failed, Request request)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + VACANT_MAX.toNanos();
    while (true) {
      ServerAddress server = servers.current();
      try {
        return request.ask(server);
      } catch (StatusException e) {
        if (!goOn(server, e, end)) {
          throw new IOException(failed + " with " + server + ": " + e.getMessage(), e);
        }
      } catch (GeneralSecurityException e) {
        throw new IOException(failed + " with " + server + ": " + e.getMessage(), e);
      }
    }
  }

  /** Whether to ask again, once it is time: where nobody is there, whoever called knows better. */
  private boolean goOn(ServerAddress server, StatusException failure, long end)
      throws InterruptedException {
    Status.Code code = failure.getStatus().getCode();
    if (code != Status.Code.UNAVAILABLE && code != Status.Code.DEADLINE_EXCEEDED) {
      return false;
    }
    return switch (servers.after(server, NotLeader.of(failure))) {
      case AT_ONCE -> true;
      case SOON -> {
        if (System.nanoTime() - end >= 0) {
          yield false;
        }
        long nanos = PAUSE_MAX.toNanos();
        Thread.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos)));
        yield true;
      }
      case LATER -> false;
    };
  }

  private static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }
}
