package dev.holdfast.bench;

import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.plan.AllocationRules;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.store.kv.EmbeddedStore;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls of GetNode answered by the real server over mutual TLS 1.3, 64 in flight on one connection,
 * beside a bare gRPC server with the same TLS that gives back messages of the same size.
 */
final class SessionBench {
  private static final int IN_FLIGHT = 64;
  private static final String ZONE = "trustZones/edge";
  private static final Duration LIFETIME = Duration.ofDays(1);

  private final Duration total;
  private final Consumer<Figure> report;
  private final Path scratch;

  SessionBench(Duration total, Consumer<Figure> report, Path scratch) {
    this.total = total;
    this.report = report;
    this.scratch = scratch;
  }

  void run() throws Exception {
    Path operator = scratch.resolve("operator");
    ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    try (HoldfastServer server =
        HoldfastServer.start(
            config(),
            EmbeddedStore.open(scratch.resolve("ledger.db"), InstantSource.system()),
            HoldfastServer.Environment.system())) {
      server.writeOperator(operator, "bench");
      Server echo = echo(server.authority(), workers);
      ManagedChannel toServer = channel(operator, server.port());
      ManagedChannel toEcho = channel(operator, echo.getPort());
      try {
        duel(toServer, toEcho);
      } finally {
        toServer.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        toEcho.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        echo.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      }
    } finally {
      workers.shutdownNow();
    }
  }

  private void duel(ManagedChannel toServer, ManagedChannel toEcho) throws Exception {
    Node node =
        TopologyServiceGrpc.newBlockingStub(toServer)
            .createNode(
                CreateNodeRequest.newBuilder()
                    .setParent(ZONE)
                    .setNodeId("h1")
                    .setNode(Node.newBuilder().setRole(NodeRole.NODE_ROLE_HYPERVISOR))
                    .build());
    var stub = TopologyServiceGrpc.newStub(toServer);
    GetNodeRequest request = GetNodeRequest.newBuilder().setName(node.getName()).build();
    byte[] message = node.toByteArray();
    Load own = SessionBench.<Node>pipelined(out -> stub.getNode(request, out));
    Load bare =
        SessionBench.<byte[]>pipelined(
            out ->
                ClientCalls.asyncUnaryCall(
                    toEcho.newCall(ECHO, CallOptions.DEFAULT), message, out));
    Map<String, Double> rates = Duel.byTheClock(total).with("own", own).with("bare", bare).rates();
    report.accept(
        new Figure(
            "calls",
            rates.getOrDefault("own", 0.0),
            "1/s",
            "bare grpc-java echo of " + message.length + " bytes, the same TLS",
            rates.getOrDefault("bare", 0.0)));
  }

  /** Makes one call, whose end is told to an observer. */
  @FunctionalInterface
  private interface Call<T> {
    void make(StreamObserver<T> out);
  }

  /** Calls with a fixed number in flight: each answer makes room for the next. */
  private static <T> Load pipelined(Call<T> call) {
    return endNanos -> {
      var room = new Semaphore(IN_FLIGHT);
      var done = new LongAdder();
      var failures = new AtomicInteger();
      do {
        room.acquire();
        call.make(new Answer<>(room, done, failures));
      } while (System.nanoTime() - endNanos < 0);
      room.acquire(IN_FLIGHT);
      if (failures.get() > 0) {
        throw new IllegalStateException(failures + " calls failed");
      }
      return done.sum();
    };
  }

  private record Answer<T>(Semaphore room, LongAdder done, AtomicInteger failures)
      implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      done.increment();
    }

    @Override
    public void onError(Throwable failure) {
      failures.incrementAndGet();
      room.release();
    }

    @Override
    public void onCompleted() {
      room.release();
    }
  }

  private ServerConfig config() {
    var zone = new TrustZoneName("edge");
    ZoneRules rules =
        new ZoneRules(
            zone,
            ZoneTrust.ofTpms(CertificatePath.Anchors.parse(List.of(), List.of())),
            new PolicyRevision(
                new Policy(
                    new PolicyName("edge", 1),
                    Map.of(Role.HYPERVISOR, RoleRules.DEFAULT),
                    Policy.CLOCK_SKEW_DEFAULT),
                ReferenceValues.NONE,
                true),
            Optional.empty(),
            AllocationRules.of(ResourceVector.of(Resource.CPU_MILLICORES, 500)),
            ControlRules.DEFAULT);
    return new ServerConfig(
        "bench.example",
        new ServerConfig.Listen("127.0.0.1", 0),
        ServerConfig.Profile.PRODUCTION,
        scratch.resolve("data"),
        new ServerConfig.Store.Embedded(),
        new ServerConfig.Keys.File(scratch.resolve("keys/wrapping.keys")),
        ServerConfig.Pace.DEFAULT,
        Map.of(),
        Map.of(zone, rules));
  }

  /** A server that does nothing but answer, with certificates of the same authority. */
  private static Server echo(CertificateAuthority authority, ExecutorService workers)
      throws IOException {
    KeyPair pair = CertificateAuthority.newKeyPair();
    SslContext tls =
        GrpcSslContexts.configure(
                SslContextBuilder.forServer(
                    pair.getPrivate(),
                    authority.issue(
                        "server", pair.getPublic(), LIFETIME, List.of("localhost", "127.0.0.1")),
                    authority.root()))
            .trustManager(authority.root())
            .clientAuth(ClientAuth.REQUIRE)
            .protocols("TLSv1.3")
            .build();
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sslContext(tls)
        .executor(workers)
        .addService(
            ServerServiceDefinition.builder("bench.Echo")
                .addMethod(
                    ECHO,
                    ServerCalls.asyncUnaryCall(
                        (byte[] message, StreamObserver<byte[]> out) -> {
                          out.onNext(message);
                          out.onCompleted();
                        }))
                .build())
        .build()
        .start();
  }

  private static ManagedChannel channel(Path credentials, int port) throws IOException {
    SslContext tls =
        GrpcSslContexts.forClient()
            .keyManager(
                credentials.resolve("cert.pem").toFile(), credentials.resolve("key.pem").toFile())
            .trustManager(credentials.resolve("ca.pem").toFile())
            .protocols("TLSv1.3")
            .build();
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .sslContext(tls)
        .directExecutor()
        .build();
  }

  private static final MethodDescriptor<byte[], byte[]> ECHO =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("bench.Echo/Echo")
          .setRequestMarshaller(new Plain())
          .setResponseMarshaller(new Plain())
          .build();

  /** Bytes as they are. */
  private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(@Nullable InputStream stream) {
      try {
        return stream == null ? new byte[0] : stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
