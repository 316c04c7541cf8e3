package dev.holdfast.conformance;

import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** A caller of the real API, with one certificate or none. */
final class Client implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 30;
  private static final int ANSWER_BYTES_MAX = 16 * 1024 * 1024;

  private final ManagedChannel channel;

  private Client(int port, SslContextBuilder tls) {
    try {
      this.channel =
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .sslContext(GrpcSslContexts.configure(tls).protocols("TLSv1.3").build())
              .maxInboundMessageSize(ANSWER_BYTES_MAX)
              .build();
    } catch (SSLException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  static Client anonymous(int port, X509Certificate root) {
    return new Client(port, SslContextBuilder.forClient().trustManager(root));
  }

  static Client with(int port, Path credentials) {
    return new Client(
        port,
        SslContextBuilder.forClient()
            .trustManager(credentials.resolve("ca.pem").toFile())
            .keyManager(
                credentials.resolve("cert.pem").toFile(), credentials.resolve("key.pem").toFile()));
  }

  static Client with(int port, X509Certificate root, PrivateKey key, List<X509Certificate> own) {
    return new Client(
        port,
        SslContextBuilder.forClient()
            .trustManager(root)
            .keyManager(key, own.toArray(X509Certificate[]::new)));
  }

  /** With credentials of one authority, towards a server of another. */
  static Client trusting(int port, X509Certificate root, Path credentials) {
    return new Client(
        port,
        SslContextBuilder.forClient()
            .trustManager(root)
            .keyManager(
                credentials.resolve("cert.pem").toFile(), credentials.resolve("key.pem").toFile()));
  }

  ManagedChannel channel() {
    return channel;
  }

  TopologyServiceGrpc.TopologyServiceBlockingStub topology() {
    return TopologyServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  TrustZoneServiceGrpc.TrustZoneServiceBlockingStub trustZones() {
    return TrustZoneServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  AttestationServiceGrpc.AttestationServiceBlockingStub attestation() {
    return AttestationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  ReservationServiceGrpc.ReservationServiceBlockingStub reservations() {
    return ReservationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  NodeServiceGrpc.NodeServiceStub node() {
    return NodeServiceGrpc.newStub(channel);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
