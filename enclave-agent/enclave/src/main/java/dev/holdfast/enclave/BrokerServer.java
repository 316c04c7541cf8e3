package dev.holdfast.enclave;

import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.Grants;
import dev.holdfast.node.session.UsageMeter;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The broker on its Unix socket. What it listens to and meters is handed to the node's session by
 * {@link #listener} and {@link #meter}.
 */
public final class BrokerServer implements AutoCloseable {
  private static final int MESSAGE_BYTES_MAX = 1 << 20;
  private static final int CALLS_PER_CONNECTION_MAX = 128;

  private final GrantBroker broker;
  private final GrantUsageMeter meter;
  private final BrokerSocket socket;
  private final EventLoopGroup events;
  private final ExecutorService calls;
  private final Server server;

  private BrokerServer(Grants desk, BrokerSocket socket) throws IOException {
    socket.prepare();
    this.socket = socket;
    this.broker = new GrantBroker(desk);
    this.meter = new GrantUsageMeter(broker);
    this.events = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    this.calls = Executors.newVirtualThreadPerTaskExecutor();
    this.server =
        NettyServerBuilder.forAddress(
                new DomainSocketAddress(socket.path().toFile()),
                InternalNettyServerCredentials.create(new Caller.Negotiator()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(events)
            .workerEventLoopGroup(events)
            .executor(calls)
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
            .intercept(new CallerInterceptor())
            .addService(new BrokerRpc(broker))
            .build();
  }

  /**
   * Begins to serve.
   *
   * @param desk where grants are asked for
   * @param path the socket; its directory must not be open to others for writing
   * @param group whether the socket's group may connect as well as its user
   * @throws IOException if the place is not safe, with what to do about it
   */
  public static BrokerServer start(Grants desk, Path path, boolean group) throws IOException {
    BrokerServer made = new BrokerServer(desk, new BrokerSocket(path, group));
    try {
      made.server.start();
      made.socket.open();
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  /** Hears of grants that change unasked. */
  public GrantListener listener() {
    return broker;
  }

  /** Meters the grants that live. */
  public UsageMeter meter() {
    return meter;
  }

  /** Waits until it is closed. */
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  private static final class CallerInterceptor implements ServerInterceptor {
    @Override
    public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
        ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
      Caller caller = call.getAttributes().get(Caller.ATTRIBUTE);
      Context context =
          caller == null ? Context.current() : Context.current().withValue(Caller.CONTEXT, caller);
      return Contexts.interceptCall(context, call, headers, next);
    }
  }

  /** Gives all grants back, ends all calls and removes the socket. */
  @Override
  public void close() {
    broker.close();
    server.shutdown();
    try {
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.shutdownNow();
        server.awaitTermination(2, TimeUnit.SECONDS);
      }
    } catch (InterruptedException _) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    calls.shutdownNow();
    var _ = events.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    try {
      Files.deleteIfExists(socket.path());
    } catch (IOException _) {
      // The next start removes it.
    }
  }
}
