package dev.holdfast.store.kv;

import com.google.common.util.concurrent.ListenableFuture;
import dev.holdfast.store.kv.EtcdFailure.Kind;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/**
 * The members of an etcd cluster, one of which is asked at a time, and the next when that one
 * fails.
 *
 * <p>Every call has a deadline. One that certainly did nothing is tried again, on every member in
 * turn, until its deadline; one that may have been done only where repeating it changes nothing.
 * gRPC would pause longer and longer before it connects again; here the pause stays short, and a
 * connection on which an answer was missed is given up at once.
 */
final class EtcdMembers implements AutoCloseable {
  /** The largest answer that is read: some 10,000 rows of 10 KiB. */
  static final int ANSWER_BYTES_MAX = 128 << 20;

  /** How long a connection may take to be made. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /** The least pause between attempts to connect, for all calls and watches together. */
  private static final Duration CONNECT_PAUSE = Duration.ofMillis(100);

  /** The least time between two connections given up, so that many failures cost one. */
  private static final Duration RENEW_PAUSE = Duration.ofSeconds(1);

  /** How long past its deadline a call may be waited for: gRPC ends it first. */
  private static final Duration SLACK = Duration.ofMillis(500);

  private static final Duration KEEPALIVE_TIME = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(3);

  /** How many members a repeatable call can ask within its deadline. */
  private static final int ATTEMPTS = 3;

  /** One connection to one member. */
  private record Member(ManagedChannel connection, Channel channel) {}

  private final List<Member> members;
  private final Duration deadline;
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicLong nextConnect = new AtomicLong(System.nanoTime());
  private final AtomicLong nextRenewal = new AtomicLong(System.nanoTime());

  EtcdMembers(List<URI> endpoints, Optional<EtcdTls> tls, Duration deadline) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("etcd needs at least one endpoint");
    }
    Optional<SslContext> context = tls.map(EtcdMembers::context);
    this.members = endpoints.stream().map(endpoint -> member(endpoint, context)).toList();
    this.deadline = deadline;
  }

  private static SslContext context(EtcdTls files) {
    try {
      return files.addTo(GrpcSslContexts.forClient()).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException("cannot use " + files + " to reach etcd", e);
    }
  }

  private static Member member(URI endpoint, Optional<SslContext> tls) {
    int port = endpoint.getPort() < 0 ? EtcdTls.PORT_DEFAULT : endpoint.getPort();
    if (endpoint.getHost() == null) {
      throw new IllegalArgumentException(
          "an endpoint of etcd is like http://127.0.0.1:2379, not " + endpoint);
    }
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.getHost(), port)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
            .keepAliveTime(KEEPALIVE_TIME.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .maxInboundMessageSize(ANSWER_BYTES_MAX)
            .disableRetry()
            // What listens here only notes what came.
            .directExecutor();
    tls.ifPresentOrElse(builder::sslContext, builder::usePlaintext);
    ManagedChannel connection = builder.build();
    // A member that has lost its leader must say so and not wait for one.
    var headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return new Member(
        connection,
        ClientInterceptors.intercept(
            connection, MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  /** The number of the member that is asked at present. */
  int asked() {
    return asked.get();
  }

  /** Where streams with a member are opened. */
  Channel channel(int member) {
    return members.get(member).channel();
  }

  /**
   * Asks one member after another and waits for the answer.
   *
   * @param what the verb, for messages
   * @param repeatable whether doing it twice is as good as once
   */
  <Q, A> A call(String what, MethodDescriptor<Q, A> method, Q request, boolean repeatable)
      throws EtcdFailure {
    long end = System.nanoTime() + deadline.toNanos();
    int attempt = 0;
    while (true) {
      int member = asked.get();
      long left = end - System.nanoTime();
      // One member that does not answer must not use up the time in which another could.
      long span =
          repeatable && members.size() > 1 ? Math.min(left, deadline.toNanos() / ATTEMPTS) : left;
      EtcdFailure failure;
      try {
        return once(what, method, request, member, span);
      } catch (EtcdFailure e) {
        failure = e;
      }
      boolean again = failure.kind() == Kind.UNSENT || (repeatable && failure.kind() == Kind.LOST);
      if (failure.kind() == Kind.UNSENT || failure.kind() == Kind.LOST) {
        moveOn(member);
      }
      attempt++;
      long pause = attempt % members.size() == 0 ? CONNECT_PAUSE.toNanos() : 0;
      if (!again || end - System.nanoTime() <= pause || Thread.currentThread().isInterrupted()) {
        throw failure;
      }
      pause(pause);
    }
  }

  private static void pause(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private <Q, A> A once(
      String what, MethodDescriptor<Q, A> method, Q request, int member, long span)
      throws EtcdFailure {
    var sent = new Sent();
    ListenableFuture<A> answer =
        ClientCalls.futureUnaryCall(
            channel(member)
                .newCall(
                    method,
                    CallOptions.DEFAULT
                        .withDeadlineAfter(span, TimeUnit.NANOSECONDS)
                        .withStreamTracerFactory(sent)),
            request);
    try {
      return answer.get(span + SLACK.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      Status status = Status.fromThrowable(cause);
      if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
        renew(member);
      }
      throw new EtcdFailure(what, EtcdFailure.kind(status, sent.begun), cause);
    } catch (TimeoutException | CancellationException e) {
      answer.cancel(true);
      throw new EtcdFailure(what, Kind.LOST, e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new EtcdFailure(what, sent.begun ? Kind.LOST : Kind.UNSENT, e);
    }
  }

  /** Asks another member from now on, unless somebody else has moved on already. */
  void moveOn(int member) {
    int next = (member + 1) % members.size();
    asked.compareAndSet(member, next);
    if (due(nextConnect, CONNECT_PAUSE)) {
      members.get(next).connection().resetConnectBackoff();
    }
  }

  /** Calls from now on use a fresh connection to a member that was silent for too long. */
  void renew(int member) {
    if (due(nextRenewal, RENEW_PAUSE)) {
      members.get(member).connection().enterIdle();
    }
  }

  private static boolean due(AtomicLong next, Duration pause) {
    long at = next.get();
    long now = System.nanoTime();
    return now - at >= 0 && next.compareAndSet(at, now + pause.toNanos());
  }

  @Override
  public void close() {
    members.forEach(member -> member.connection().shutdownNow());
  }

  /** Notes whether a call got as far as a connection, behind which it may have been done. */
  private static final class Sent extends ClientStreamTracer.Factory {
    private volatile boolean begun;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void streamCreated(Attributes transport, Metadata sentHeaders) {
          begun = true;
        }
      };
    }
  }
}
