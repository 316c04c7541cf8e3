package dev.holdfast.node;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Credential;
import dev.holdfast.attestation.tpm2.TpmPublic;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrSelection;
import dev.holdfast.proto.node.v1.*;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** PAM as far as one node sees it, over real TLS and with real cryptography. */
final class FakePam extends NodeServiceGrpc.NodeServiceImplBase {
  static final String NODE = "trustZones/edge/nodes/hv-1";
  static final String RESERVATION = "tenants/acme/reservations/r1";

  private static final Bytes SECRET = Sha256.of("the secret of the test");

  private final KeyPair key;
  private final long term;
  final X509Certificate root;
  final Server server;
  final BlockingQueue<String> tokens = new LinkedBlockingQueue<>();
  final BlockingQueue<EvidenceBundle> bundles = new LinkedBlockingQueue<>();
  final BlockingQueue<AllocationStatus> statuses = new LinkedBlockingQueue<>();
  final BlockingQueue<UsageReport> usage = new LinkedBlockingQueue<>();
  final List<Long> generations = new ArrayList<>();
  volatile Optional<StreamObserver<SessionResponse>> current = Optional.empty();

  /** Whether it leads no longer, and says so to who calls. */
  volatile boolean following;

  /** Whether it is asked for grants when it leads no longer. */
  volatile boolean deposedDesk;

  /** Who leads, as it says then; empty: it does not know. */
  volatile String leader = "";

  /** A PAM that leads in term 7. */
  FakePam() throws Exception {
    this(draw(), Optional.empty(), 7, "server");
  }

  /** Another replica, with the same root, that would lead in a later term. */
  FakePam replica() throws Exception {
    return new FakePam(key, Optional.of(root), term + 1, "server");
  }

  /** A node that says it is PAM, with a good certificate of its own. */
  FakePam impostor() throws Exception {
    return new FakePam(key, Optional.of(root), term + 1, NODE);
  }

  private FakePam(KeyPair key, Optional<X509Certificate> known, long term, String identity)
      throws Exception {
    this.key = key;
    this.term = term;
    root = known.isPresent() ? known.get() : certificate("root", key.getPublic(), true);
    KeyPair own = draw();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(
                        io.netty.handler.ssl.SslContextBuilder.forServer(
                            own.getPrivate(), certificate(identity, own.getPublic(), false), root),
                        io.netty.handler.ssl.SslProvider.JDK)
                    .trustManager(root)
                    .clientAuth(ClientAuth.OPTIONAL)
                    .build())
            .addService(this)
            .intercept(new Follower())
            .build()
            .start();
  }

  private static KeyPair draw() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  Bytes rootDigest() throws GeneralSecurityException {
    return Sha256.of(Bytes.of(root.getEncoded()));
  }

  private Status notLeader() {
    var info = ErrorInfo.newBuilder().setReason("NOT_LEADER").setDomain("holdfast.dev");
    if (!leader.isEmpty()) {
      info.putMetadata("leader", leader);
    }
    return Status.newBuilder()
        .setCode(Code.UNAVAILABLE_VALUE)
        .setMessage("this replica does not lead")
        .addDetails(Any.pack(info.build()))
        .build();
  }

  private final class Follower implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (!following) {
        return next.startCall(call, headers);
      }
      var refusal = StatusProto.toStatusRuntimeException(notLeader());
      call.close(refusal.getStatus(), Objects.requireNonNull(refusal.getTrailers()));
      return new ServerCall.Listener<>() {};
    }
  }

  private X509Certificate certificate(String path, PublicKey subject, boolean authority)
      throws Exception {
    var builder =
        new JcaX509v3CertificateBuilder(
            new X500Principal("CN=root"),
            new BigInteger(64, new SecureRandom()),
            Date.from(Instant.now().minusSeconds(60)),
            Date.from(Instant.now().plusSeconds(3600)),
            new X500Principal(authority ? "CN=root" : "O=Holdfast"),
            subject);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName(
                GeneralName.uniformResourceIdentifier, "spiffe://fake.example/" + path)));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  void send(SessionResponse.Builder message) {
    synchronized (this) {
      current.orElseThrow().onNext(message.build());
    }
  }

  AllocationStatus statusOf(long generation) throws InterruptedException {
    while (true) {
      AllocationStatus status = statuses.poll(20, TimeUnit.SECONDS);
      long seen = status.getObserved().getGeneration();
      if (!generations.contains(seen)) {
        generations.add(seen);
      }
      if (seen == generation) {
        return status;
      }
    }
  }

  private static Challenge challenge() {
    var nonce = new byte[32];
    new SecureRandom().nextBytes(nonce);
    return Challenge.newBuilder()
        .setNonce(ByteString.copyFrom(nonce))
        .addPcrSelections(
            PcrSelection.newBuilder()
                .setBank(HashAlgorithm.HASH_ALGORITHM_SHA256)
                .addIndexes(0)
                .addIndexes(7))
        .build();
  }

  private static Bytes bytes(ByteString string) {
    return Bytes.of(string.toByteArray());
  }

  /** The quote is signed by the key and binds nonce, metrics and channel. */
  private static void check(EvidenceBundle bundle, ByteString nonce) throws Exception {
    var quote = bundle.getEvidence(0).getTpm2Quote();
    Binding binding =
        Binding.of(
            new Nonce(bytes(nonce)),
            bytes(bundle.getRuntimeMetrics()),
            bytes(bundle.getSessionPublicKey()));
    if (bundle.getEvidence(0).hasSgxQuote()) {
      Bytes data = bytes(bundle.getEvidence(0).getSgxQuote().getQuote()).slice(368, 432);
      if (!data.equals(Bytes.concat(binding.digest(), Bytes.of(new byte[32])))) {
        throw new IllegalStateException("the enclave's quote binds something else");
      }
      return;
    }
    if (!bytes(quote.getAttest()).hex().contains(binding.digest().hex())) {
      throw new IllegalStateException("the quote binds something else");
    }
    var judged = AttestationKey.judge(bytes(quote.getAkPublic()));
    byte[] signature = quote.getSignature().toByteArray();
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(((AttestationKey.Accepted) judged).key().javaKey());
    verifier.update(quote.getAttest().toByteArray());
    // TPMT_SIGNATURE: scheme, hash, then r and s, each behind its length.
    var raw = new byte[64];
    int rLength = signature[5];
    int sLength = signature[7 + rLength];
    System.arraycopy(signature, 6, raw, 32 - rLength, rLength);
    System.arraycopy(signature, 8 + rLength, raw, 64 - sLength, sLength);
    if (!verifier.verify(raw)) {
      throw new IllegalStateException("the quote is not signed by the key");
    }
  }

  private static EnrolNodeResponse.EnrolmentChallenge enrolment(
      EnrolNodeRequest.Start start, Challenge challenge) {
    var asked = EnrolNodeResponse.EnrolmentChallenge.newBuilder().setChallenge(challenge);
    if (start.hasTpmKeys()) {
      Credential made =
          Credential.make(
              TpmPublic.parse(bytes(start.getTpmKeys().getEkPublic())),
              TpmPublic.parse(bytes(start.getTpmKeys().getAkPublic())).name(),
              SECRET,
              new SecureRandom());
      asked
          .setCredentialBlob(ByteString.copyFrom(made.idObject().toByteArray()))
          .setEncryptedSecret(ByteString.copyFrom(made.encryptedSecret().toByteArray()));
    }
    return asked.build();
  }

  @Override
  public StreamObserver<EnrolNodeRequest> enrolNode(StreamObserver<EnrolNodeResponse> out) {
    Challenge challenge = challenge();
    return new Reader<>() {
      private Optional<EnrolNodeRequest.Start> start = Optional.empty();

      @Override
      void read(EnrolNodeRequest request) throws Exception {
        if (request.hasStart()) {
          start = Optional.of(request.getStart());
          tokens.add(request.getStart().getJoinToken());
          out.onNext(
              EnrolNodeResponse.newBuilder()
                  .setChallenge(enrolment(request.getStart(), challenge))
                  .build());
          return;
        }
        Bytes released = start.orElseThrow().hasTpmKeys() ? SECRET : Bytes.EMPTY;
        if (!bytes(request.getProof().getActivatedSecret()).equals(released)) {
          throw new IllegalStateException("another secret");
        }
        check(
            EvidenceBundle.parseFrom(request.getProof().getEvidenceBundle()), challenge.getNonce());
        var asked =
            new JcaPKCS10CertificationRequest(
                start.orElseThrow().getCertificateRequest().toByteArray());
        X509Certificate leaf = certificate(NODE, asked.getPublicKey(), false);
        out.onNext(
            EnrolNodeResponse.newBuilder()
                .setEnrolment(
                    EnrolNodeResponse.Enrolment.newBuilder()
                        .setCertificate(
                            NodeCertificate.newBuilder()
                                .addCertificates(ByteString.copyFrom(leaf.getEncoded()))
                                .addTrustBundle(ByteString.copyFrom(root.getEncoded()))
                                .setExpireTime(Timestamp.getDefaultInstance())))
                .build());
        out.onCompleted();
      }
    };
  }

  @Override
  public StreamObserver<SessionRequest> session(StreamObserver<SessionResponse> out) {
    current = Optional.of(out);
    Challenge challenge = challenge();
    return new Reader<>() {
      @Override
      void read(SessionRequest request) throws Exception {
        switch (request.getMessageCase()) {
          case HELLO -> {
            Duration.Builder second = Duration.newBuilder().setSeconds(1);
            send(
                SessionResponse.newBuilder()
                    .setLeaderTerm(term)
                    .setWelcome(
                        Welcome.newBuilder()
                            .setHeartbeatInterval(second.setSeconds(5))
                            .setSamplePeriod(Duration.newBuilder().setNanos(200_000_000))
                            .setReportInterval(Duration.newBuilder().setNanos(200_000_000))));
            send(SessionResponse.newBuilder().setLeaderTerm(term).setChallenge(challenge));
          }
          case EVIDENCE_BUNDLE -> {
            EvidenceBundle bundle = EvidenceBundle.parseFrom(request.getEvidenceBundle());
            check(bundle, challenge.getNonce());
            bundles.add(bundle);
            if (generations.isEmpty()) {
              send(desired(1, 3, 3).setLeaderTerm(term));
            }
          }
          case ALLOCATIONS -> statuses.addAll(request.getAllocations().getStatusesList());
          case USAGE -> usage.add(request.getUsage());
          case GRANT_REQUEST -> {
            var update =
                GrantUpdate.newBuilder().setRequestId(request.getGrantRequest().getRequestId());
            if (deposedDesk) {
              following = true;
              update.setRefusal(notLeader());
            } else {
              send(granted(update.clone().setGrant(Grant.newBuilder().setName("stale")), term - 1));
              update.setGrant(Grant.newBuilder().setName("g"));
            }
            send(granted(update, term));
          }
          case GRANT_RELEASE, HEARTBEAT, MESSAGE_NOT_SET -> {}
        }
      }
    };
  }

  private static SessionResponse.Builder granted(GrantUpdate.Builder update, long term) {
    return SessionResponse.newBuilder().setLeaderTerm(term).setGrant(update);
  }

  static SessionResponse.Builder desired(long message, long generation, int processors) {
    return SessionResponse.newBuilder()
        .setDesiredAllocations(
            DesiredAllocations.newBuilder()
                .setGeneration(message)
                .addAllocations(
                    Allocation.newBuilder()
                        .setReservation(RESERVATION)
                        .setGeneration(generation)
                        .setOrphanLifetime(Duration.newBuilder().setSeconds(60))
                        .setHypervisor(
                            HypervisorAllocation.newBuilder().setVcpuCount(processors))));
  }

  private abstract static class Reader<T> implements StreamObserver<T> {
    abstract void read(T message) throws Exception;

    @Override
    public void onNext(T message) {
      try {
        read(message);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }
}
