package dev.holdfast.client;

import dev.holdfast.proto.agent.v1.BrokerServiceGrpc;
import dev.holdfast.proto.agent.v1.RequestResourcesRequest;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the agent beside the application, over its Unix socket.
 *
 * <pre>{@code
 * try (HoldfastClient client = HoldfastClient.connect(Path.of("/run/holdfast/agent.sock"));
 *     Lease lease = client.request(ResourcesWanted.forImage(image).user("ada"), Duration.ofMinutes(1))) {
 *   run(lease.limits());
 * }
 * }</pre>
 */
public final class HoldfastClient implements AutoCloseable {
  private static final Duration TIMEOUT_MAX = Duration.ofMinutes(10);
  private static final long BACK_OFF_MILLIS_MIN = 50;
  private static final long BACK_OFF_MILLIS_MAX = 2_000;

  private final EventLoopGroup events;
  private final ManagedChannel channel;
  private final Set<Lease> leases = ConcurrentHashMap.newKeySet();

  private HoldfastClient(Path socket) {
    events = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toAbsolutePath().toFile()))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(events)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  /**
   * Connects to an agent, at the first call.
   *
   * @param socket the agent's socket
   */
  public static HoldfastClient connect(Path socket) {
    return new HoldfastClient(socket);
  }

  /**
   * Requests resources and waits until they are there. While the agent or PAM cannot be reached the
   * same request is repeated, with growing pauses, until time is up.
   *
   * @param timeout how long to wait: more than zero, at most 10 minutes
   * @throws ResourcesRefused with the reason; DEADLINE_EXCEEDED or UNAVAILABLE when time is up
   */
  public Lease request(ResourcesWanted wanted, Duration timeout)
      throws ResourcesRefused, InterruptedException {
    if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(TIMEOUT_MAX) > 0) {
      throw new IllegalArgumentException("a timeout is at most 10 minutes, not " + timeout);
    }
    RequestResourcesRequest request =
        RequestResourcesRequest.newBuilder()
            .setResources(wanted.message())
            .setRequestId(UUID.randomUUID().toString())
            .build();
    long until = System.nanoTime() + timeout.toNanos();
    for (int attempt = 1; ; attempt++) {
      try {
        Duration left = Duration.ofNanos(Math.max(1, until - System.nanoTime()));
        return lease(broker(left).requestResources(request));
      } catch (StatusRuntimeException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException("interrupted while waiting for resources");
        }
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE
            || System.nanoTime() + backOffNanos(attempt) - until >= 0) {
          throw ResourcesRefused.of(e);
        }
        if (!pause(attempt)) {
          throw new InterruptedException("interrupted while waiting for resources");
        }
      }
    }
  }

  private Lease lease(GrantUpdate update) throws ResourcesRefused {
    return switch (update.getStandingCase()) {
      case GRANT -> {
        Lease lease = new Lease(this, update.getReservation(), update.getGrant());
        leases.add(lease);
        lease.start();
        yield lease;
      }
      case REFUSAL -> throw ResourcesRefused.of(update.getRefusal());
      case REVOCATION ->
          throw ResourcesRefused.of(
              com.google.rpc.Status.newBuilder()
                  .setCode(com.google.rpc.Code.FAILED_PRECONDITION_VALUE)
                  .setMessage(
                      update.getRevocation().getReason()
                          + ": "
                          + update.getRevocation().getMessage())
                  .build());
      case STANDING_NOT_SET ->
          throw ResourcesRefused.of(
              com.google.rpc.Status.newBuilder()
                  .setCode(com.google.rpc.Code.INTERNAL_VALUE)
                  .setMessage("the agent answered neither yes nor no")
                  .build());
    };
  }

  BrokerServiceGrpc.BrokerServiceBlockingStub broker(Duration deadline) {
    return BrokerServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static long backOffNanos(int failures) {
    long millis = Math.min(BACK_OFF_MILLIS_MAX, BACK_OFF_MILLIS_MIN << Math.min(failures - 1, 10));
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Waits between half and all of the back-off; false if interrupted. */
  boolean pause(int failures) {
    long nanos = backOffNanos(failures);
    try {
      TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(nanos / 2, nanos + 1));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
    // The channel's own pauses are far longer, for servers far away.
    channel.resetConnectBackoff();
    return true;
  }

  void forget(Lease lease) {
    leases.remove(lease);
  }

  /** Gives everything back and disconnects. */
  @Override
  public void close() {
    for (Lease lease : List.copyOf(leases)) {
      lease.close();
    }
    channel.shutdownNow();
    var _ = events.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
