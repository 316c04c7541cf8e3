package dev.holdfast.cli;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.replica.Replicas;
import dev.holdfast.proto.replica.ServerAddress;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A channel to whichever replica leads. A call that a replica did not take is made anew with the
 * next, as it was: one that does not lead took nothing, nor did one that was not reached. Where the
 * connection broke, only what may be repeated is: what reads, and what has a {@code request_id}.
 *
 * <p>Every call has one request.
 */
final class LeaderChannel extends Channel implements AutoCloseable {
  /** The longest pause before all are asked anew; an attempt has at least as much time. */
  private static final Duration PAUSE_MAX = Duration.ofMillis(250);

  private final Replicas replicas;
  private final Function<ServerAddress, ManagedChannel> connect;
  private final Duration patience;
  private final Map<ServerAddress, ManagedChannel> channels = new HashMap<>();

  /**
   * A channel that connects at the first call.
   *
   * @param connect makes a channel to one replica
   * @param patience how long a call waits for a replica to take the lead
   */
  LeaderChannel(
      Replicas replicas, Function<ServerAddress, ManagedChannel> connect, Duration patience) {
    this.replicas = replicas;
    this.connect = connect;
    this.patience = patience;
  }

  @Override
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return new Repeated<>(method, options);
  }

  @Override
  public String authority() {
    return replicas.current().toString();
  }

  private synchronized ManagedChannel to(ServerAddress server) {
    return channels.computeIfAbsent(server, connect);
  }

  @Override
  public synchronized void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    try {
      for (ManagedChannel channel : channels.values()) {
        channel.awaitTermination(2, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a request may be made twice: AIP-131 and AIP-132 read, AIP-155 names it. */
  private static boolean repeatable(MethodDescriptor<?, ?> method, @Nullable Object request) {
    String name = String.valueOf(method.getBareMethodName());
    if (name.startsWith("Get") || name.startsWith("List")) {
      return true;
    }
    if (!(request instanceof Message message)) {
      return false;
    }
    FieldDescriptor id = message.getDescriptorForType().findFieldByName("request_id");
    return id != null && !message.getField(id).equals("");
  }

  /** One call, as its caller sees it: the last of the attempts. */
  private final class Repeated<Q, A> extends ClientCall<Q, A> {
    private final MethodDescriptor<Q, A> method;
    private final CallOptions options;
    private final long end = System.nanoTime() + patience.toNanos();
    private Listener<A> caller = new Listener<>() {};
    private Metadata headers = new Metadata();
    private @Nullable Q request;
    private int wanted;
    private @Nullable ClientCall<Q, A> attempt;
    private volatile boolean cancelled;

    Repeated(MethodDescriptor<Q, A> method, CallOptions options) {
      this.method = method;
      this.options = options;
    }

    @Override
    public void start(Listener<A> listener, Metadata given) {
      caller = listener;
      headers = given;
    }

    @Override
    public void sendMessage(Q message) {
      request = message;
    }

    @Override
    public synchronized void request(int messages) {
      wanted += messages;
      if (attempt != null) {
        attempt.request(messages);
      }
    }

    @Override
    public void halfClose() {
      attempt();
    }

    @Override
    public synchronized void cancel(@Nullable String message, @Nullable Throwable cause) {
      cancelled = true;
      if (attempt != null) {
        attempt.cancel(message, cause);
      } else {
        caller.onClose(Status.CANCELLED.withDescription(message).withCause(cause), new Metadata());
      }
    }

    private synchronized void attempt() {
      Q message = request;
      if (cancelled || message == null) {
        return;
      }
      ServerAddress server = replicas.current();
      ClientCall<Q, A> next = to(server).newCall(method, options);
      attempt = next;
      Metadata copy = new Metadata();
      copy.merge(headers);
      next.start(new Attempt(server, next), copy);
      next.request(wanted);
      next.sendMessage(message);
      next.halfClose();
    }

    /** Whether the call is made anew, now or after a pause. */
    private boolean again(ServerAddress server, Optional<NotLeader> answer) {
      long most = PAUSE_MAX.toNanos();
      if (end - System.nanoTime() < 2 * most) {
        return false;
      }
      return switch (replicas.after(server, answer)) {
        case AT_ONCE -> {
          attempt();
          yield true;
        }
        case SOON -> {
          long pause = ThreadLocalRandom.current().nextLong(most / 2, most);
          CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS).execute(this::attempt);
          yield true;
        }
        case LATER -> false;
      };
    }

    private final class Attempt extends SimpleForwardingClientCallListener<A> {
      private final ServerAddress server;
      private final ClientCall<Q, A> call;
      private boolean answered;

      Attempt(ServerAddress server, ClientCall<Q, A> call) {
        super(caller);
        this.server = server;
        this.call = call;
      }

      @Override
      public void onHeaders(Metadata received) {
        answered = true;
        replicas.served();
        super.onHeaders(received);
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        Optional<NotLeader> answer = NotLeader.of(status.asRuntimeException(trailers));
        if (answered || !(answer.isPresent() || lost(status)) || !again(server, answer)) {
          super.onClose(status, trailers);
        }
      }

      /** Whether the server was not reached, or was lost and may be asked the same again. */
      private boolean lost(Status status) {
        boolean reached = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null;
        return switch (status.getCode()) {
          case UNAVAILABLE -> !reached || repeatable(method, request);
          // A server that stops ends what it has not answered.
          case CANCELLED -> !cancelled && repeatable(method, request);
          default -> false;
        };
      }
    }
  }
}
