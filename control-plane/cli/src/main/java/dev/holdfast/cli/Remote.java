package dev.holdfast.cli;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc.AttestationServiceBlockingStub;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc.ForecastServiceBlockingStub;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc.ForecastServiceBlockingV2Stub;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc.TopologyServiceBlockingStub;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc.TrustZoneServiceBlockingStub;
import dev.holdfast.proto.replica.Replicas;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc.ReservationServiceBlockingStub;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc.ReservationServiceBlockingV2Stub;
import dev.holdfast.proto.usage.v1.UsageServiceGrpc;
import dev.holdfast.proto.usage.v1.UsageServiceGrpc.UsageServiceBlockingStub;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * A connection to whichever replica of PAM leads: mutual TLS 1.3, and a deadline on every call that
 * ends by itself.
 */
final class Remote implements AutoCloseable {
  /** The most pages of one listing that are fetched; 500 entries each. */
  private static final int PAGES_MAX = 1000;

  /** The largest answer: an appraisal with its evidence of 4 MiB, as JSON-free protobuf. */
  private static final int MESSAGE_BYTES_MAX = 16 << 20;

  /** How long one replica may take to be reached: there may be another. */
  private static final int CONNECT_MILLIS_MAX = 5_000;

  private final LeaderChannel channel;
  private final Duration timeout;

  private Remote(LeaderChannel channel, Duration timeout) {
    this.channel = channel;
    this.timeout = timeout;
  }

  /**
   * Connects on the first call; the files are read now.
   *
   * @param servers {@code host:port}, or several with commas between them
   */
  static Remote open(String servers, Path credentials, Duration timeout) {
    Replicas replicas;
    try {
      replicas = Replicas.parse(servers);
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(
          "\"" + Text.clean(servers) + "\" is no server. Write HOST:PORT, such as localhost:7443.");
    }
    SslContext tls = tls(credentials);
    return new Remote(
        new LeaderChannel(
            replicas,
            server ->
                NettyChannelBuilder.forTarget("dns:///" + server)
                    .sslContext(tls)
                    .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                    .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                    .disableRetry()
                    .build(),
            timeout),
        timeout);
  }

  ReservationServiceBlockingStub reservations() {
    return ReservationServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  /** For watches, which end only when told to. */
  ReservationServiceBlockingV2Stub watches() {
    return ReservationServiceGrpc.newBlockingV2Stub(channel);
  }

  TopologyServiceBlockingStub topology() {
    return TopologyServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  TrustZoneServiceBlockingStub trustZones() {
    return TrustZoneServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  AttestationServiceBlockingStub attestation() {
    return AttestationServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  ForecastServiceBlockingStub forecasts() {
    return ForecastServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  /** For streams, which last as long as there is something to say. */
  ForecastServiceBlockingV2Stub forecastStreams() {
    return ForecastServiceGrpc.newBlockingV2Stub(channel);
  }

  UsageServiceBlockingStub usage() {
    return UsageServiceGrpc.newBlockingStub(channel).withInterceptors(new Deadlines(timeout));
  }

  /** Fetches page after page, given the token of each, and joins them to one answer. */
  static <R extends Message> R all(Class<R> type, R empty, Function<String, R> page) {
    FieldDescriptor next = empty.getDescriptorForType().findFieldByName("next_page_token");
    Message.Builder whole = empty.newBuilderForType();
    String token = "";
    for (int i = 0; i < PAGES_MAX; i++) {
      R answer = page.apply(token);
      whole.mergeFrom(answer);
      token = (String) answer.getField(next);
      if (token.isEmpty()) {
        return type.cast(whole.clearField(next).build());
      }
    }
    throw new CommandException(
        Exit.REFUSED, "There is more than " + PAGES_MAX + " pages of this. Ask for a part of it.");
  }

  @Override
  public void close() {
    channel.close();
  }

  private static SslContext tls(Path credentials) {
    Path ca = file(credentials, "ca.pem");
    Path certificate = file(credentials, "cert.pem");
    Path key = file(credentials, "key.pem");
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .trustManager(ca.toFile())
              .keyManager(certificate.toFile(), key.toFile());
      return GrpcSslContexts.configure(builder, SslProvider.JDK).protocols("TLSv1.3").build();
    } catch (SSLException | IllegalArgumentException e) {
      throw CommandException.usage(
          "The credentials in "
              + credentials
              + " cannot be used: "
              + Refusal.deepest(e)
              + ". They must be PEM: ca.pem and cert.pem certificates, key.pem a PKCS #8 key.");
    }
  }

  private static Path file(Path credentials, String name) {
    Path file = credentials.resolve(name);
    if (!Files.isReadable(file)) {
      throw CommandException.usage(
          "No credentials: "
              + file
              + " is missing or may not be read. Name a folder with ca.pem,"
              + " cert.pem and key.pem by --credentials or HOLDFAST_CREDENTIALS.");
    }
    return file;
  }

  /** Gives every call that ends by itself the same time to do so. */
  private record Deadlines(Duration timeout) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return next.newCall(
          method, options.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
    }
  }
}
