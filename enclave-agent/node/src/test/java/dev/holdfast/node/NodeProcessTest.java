package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Credential;
import dev.holdfast.attestation.tpm2.TpmPublic;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.node.session.GrantAnswer;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.tee.PaperGramine;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.attestation.v1.PcrSelection;
import dev.holdfast.proto.node.v1.*;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.UsageSample;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class NodeProcessTest {
  private static final String NODE = "trustZones/edge/nodes/hv-1";
  private static final String RESERVATION = "tenants/acme/reservations/r1";
  private static final Bytes SECRET = Sha256.of("the secret of the test");

  @TempDir Path directory;
  private SoftwareTpm tpm;
  private FakePam pam;

  @BeforeEach
  void start() throws Exception {
    tpm =
        SoftwareTpm.make(
            directory.resolve("t"), SoftwareTpm.Authority.in(directory.resolve("ca")), "hv-1");
    pam = new FakePam();
  }

  @AfterEach
  void end() {
    pam.server.shutdownNow();
    tpm.close();
  }

  private NodeProcess node(Bytes rootDigest) throws Exception {
    return node(rootDigest, "--tpm", tpm.address());
  }

  private NodeProcess node(Bytes rootDigest, String... evidence) throws Exception {
    Path token = directory.resolve("token");
    Files.writeString(token, "t".repeat(43) + "." + rootDigest.hex() + "\n");
    var options = new NodeOptions();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--state",
                directory.resolve("state").toString(),
                "--server",
                "127.0.0.1:" + pam.server.getPort(),
                "--node",
                NODE,
                "--join-token-file",
                token.toString()));
    arguments.addAll(List.of(evidence));
    new CommandLine(
            CommandLine.Model.CommandSpec.create()
                .addMixin("node", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
        .parseArgs(arguments.toArray(String[]::new));
    return NodeProcess.start(
        options,
        new NodeParts(
            new Shelf(),
            period -> List.of(UsageSample.newBuilder().setSubject(RESERVATION).build()),
            GrantListener.NONE,
            "test/1"));
  }

  @Test
  void aNodeThatWasGivenAnotherRootSendsNoToken() {
    assertThrows(IOException.class, () -> node(Sha256.of("another root")));
    assertTrue(pam.tokens.isEmpty());
  }

  @Test
  void aNodeEnrolsAnswersAllocatesMetersAndAsksForGrants() throws Exception {
    try (NodeProcess node = node(Sha256.of(Bytes.of(pam.root.getEncoded())))) {
      assertEquals("t".repeat(43), pam.tokens.poll(1, TimeUnit.SECONDS));

      // The fake has checked the binding under the session key before it shows the bundle.
      assertTrue(pam.bundles.poll(20, TimeUnit.SECONDS) != null);
      AllocationStatus applied = pam.statusOf(3);
      assertEquals(AllocationStatus.State.STATE_APPLIED, applied.getState());

      pam.send(desired(9, 2, 2).setLeaderTerm(7));
      pam.send(desired(10, 4, 4).setLeaderTerm(6));
      pam.send(desired(11, 5, 5).setLeaderTerm(7));
      assertEquals(5, pam.statusOf(5).getObserved().getHypervisor().getVcpuCount());
      assertEquals(List.of(3L, 5L), pam.generations);

      GrantAnswer answer =
          node.grants()
              .request(
                  ResourceRequest.getDefaultInstance(),
                  UUID.randomUUID(),
                  java.time.Duration.ofSeconds(20));
      assertInstanceOf(GrantAnswer.Granted.class, answer);

      UsageReport first = pam.usage.poll(20, TimeUnit.SECONDS);
      assertEquals(1, first.getSequence());
      pam.current.orElseThrow().onCompleted();
      UsageReport again = pam.usage.poll(20, TimeUnit.SECONDS);
      while (again.getSequence() != 1) {
        again = pam.usage.poll(20, TimeUnit.SECONDS);
      }
      assertEquals(first, again);
      assertEquals(1, again.getSamples(0).getSequence());
    }
  }

  @Test
  void aNodeWithoutATpmEnrolsWithoutItsKeysAndQuotesItsEnclave() throws Exception {
    Path gramine = PaperGramine.serve(directory.resolve("gramine"));
    try (NodeProcess _ =
        node(
            Sha256.of(Bytes.of(pam.root.getEncoded())),
            "--evidence",
            "gramine",
            "--gramine",
            gramine.toString())) {
      assertEquals("t".repeat(43), pam.tokens.poll(1, TimeUnit.SECONDS));
      assertTrue(pam.bundles.poll(20, TimeUnit.SECONDS) != null);
    }
  }

  private static SessionResponse.Builder desired(long message, long generation, int processors) {
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

  /** An allocator whose capacity is a shelf. */
  private static final class Shelf implements Allocator {
    private final Map<String, AllocationStatus> held = new ConcurrentHashMap<>();

    @Override
    public NodeRole role() {
      return NodeRole.NODE_ROLE_HYPERVISOR;
    }

    @Override
    public ResourceVector capacity() {
      return ResourceVector.newBuilder().setCpuMillicores(4000).build();
    }

    @Override
    public Set<Resource> resources() {
      return Set.of(Resource.RESOURCE_CPU_MILLICORES);
    }

    @Override
    public AllocationStatus apply(Allocation desired) {
      var status =
          AllocationStatus.newBuilder()
              .setState(AllocationStatus.State.STATE_APPLIED)
              .setObserved(desired)
              .build();
      held.put(desired.getReservation(), status);
      return status;
    }

    @Override
    public AllocationStatus withdraw(String reservation, long generation) {
      held.remove(reservation);
      return AllocationStatus.newBuilder().setState(AllocationStatus.State.STATE_WITHDRAWN).build();
    }

    @Override
    public List<AllocationStatus> held() {
      return List.copyOf(held.values());
    }
  }

  /** PAM as far as one node sees it, over real TLS and with real cryptography. */
  private static final class FakePam extends NodeServiceGrpc.NodeServiceImplBase {
    private final KeyPair key;
    private final X509Certificate root;
    private final Server server;
    private final BlockingQueue<String> tokens = new LinkedBlockingQueue<>();
    private final BlockingQueue<EvidenceBundle> bundles = new LinkedBlockingQueue<>();
    private final BlockingQueue<AllocationStatus> statuses = new LinkedBlockingQueue<>();
    private final BlockingQueue<UsageReport> usage = new LinkedBlockingQueue<>();
    private final List<Long> generations = new ArrayList<>();
    private volatile Optional<StreamObserver<SessionResponse>> current = Optional.empty();

    FakePam() throws Exception {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      key = generator.generateKeyPair();
      root = certificate("CN=root", key.getPublic(), true);
      KeyPair own = generator.generateKeyPair();
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .sslContext(
                  GrpcSslContexts.configure(
                          io.netty.handler.ssl.SslContextBuilder.forServer(
                              own.getPrivate(),
                              certificate("CN=pam", own.getPublic(), false),
                              root),
                          io.netty.handler.ssl.SslProvider.JDK)
                      .trustManager(root)
                      .clientAuth(ClientAuth.OPTIONAL)
                      .build())
              .addService(this)
              .build()
              .start();
    }

    private X509Certificate certificate(String name, PublicKey subject, boolean authority)
        throws Exception {
      var builder =
          new JcaX509v3CertificateBuilder(
              new X500Principal("CN=root"),
              new BigInteger(64, new SecureRandom()),
              Date.from(Instant.now().minusSeconds(60)),
              Date.from(Instant.now().plusSeconds(3600)),
              new X500Principal(name),
              subject);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
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
              EvidenceBundle.parseFrom(request.getProof().getEvidenceBundle()),
              challenge.getNonce());
          var asked =
              new JcaPKCS10CertificationRequest(
                  start.orElseThrow().getCertificateRequest().toByteArray());
          X509Certificate leaf = certificate("CN=node", asked.getPublicKey(), false);
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
                      .setLeaderTerm(7)
                      .setWelcome(
                          Welcome.newBuilder()
                              .setHeartbeatInterval(second.setSeconds(5))
                              .setSamplePeriod(Duration.newBuilder().setNanos(200_000_000))
                              .setReportInterval(Duration.newBuilder().setNanos(200_000_000))));
              send(SessionResponse.newBuilder().setLeaderTerm(7).setChallenge(challenge));
            }
            case EVIDENCE_BUNDLE -> {
              EvidenceBundle bundle = EvidenceBundle.parseFrom(request.getEvidenceBundle());
              check(bundle, challenge.getNonce());
              bundles.add(bundle);
              if (generations.isEmpty()) {
                send(desired(1, 3, 3).setLeaderTerm(7));
              }
            }
            case ALLOCATIONS -> statuses.addAll(request.getAllocations().getStatusesList());
            case USAGE -> usage.add(request.getUsage());
            case GRANT_REQUEST ->
                send(
                    SessionResponse.newBuilder()
                        .setLeaderTerm(7)
                        .setGrant(
                            GrantUpdate.newBuilder()
                                .setRequestId(request.getGrantRequest().getRequestId())
                                .setGrant(Grant.newBuilder().setName("g"))));
            case GRANT_RELEASE, HEARTBEAT, MESSAGE_NOT_SET -> {}
          }
        }
      };
    }
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
