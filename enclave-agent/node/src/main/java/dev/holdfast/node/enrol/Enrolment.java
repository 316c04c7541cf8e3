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
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How a node comes by its identity and renews it. */
public final class Enrolment {
  private static final long TIMEOUT_SECONDS = 120;

  private final NodeName node;
  private final ServerAddress server;
  private final StateFiles state;

  /** An enrolment of one node with one PAM. */
  public Enrolment(NodeName node, ServerAddress server, StateFiles state) {
    this.node = node;
    this.server = server;
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
    } catch (StatusException | GeneralSecurityException e) {
      throw new IOException(
          "node " + node + " could not enrol with " + server + ": " + e.getMessage(), e);
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
      throw new IOException("PAM did not answer in time", e);
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
    } catch (StatusException | GeneralSecurityException e) {
      throw new IOException("the certificate could not be renewed: " + e.getMessage(), e);
    } finally {
      channel.shutdownNow();
    }
  }

  private static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }
}
