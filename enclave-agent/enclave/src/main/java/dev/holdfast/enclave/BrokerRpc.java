package dev.holdfast.enclave;

import com.google.protobuf.Empty;
import com.google.rpc.Code;
import dev.holdfast.proto.agent.v1.BrokerServiceGrpc;
import dev.holdfast.proto.agent.v1.ReleaseGrantRequest;
import dev.holdfast.proto.agent.v1.RenewGrantRequest;
import dev.holdfast.proto.agent.v1.RequestResourcesRequest;
import dev.holdfast.proto.agent.v1.WatchGrantRequest;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The broker as gRPC serves it: requests checked, the caller named, problems as statuses. */
final class BrokerRpc extends BrokerServiceGrpc.BrokerServiceImplBase {
  private static final Duration WAIT_MAX = Duration.ofMinutes(10);
  private static final Duration RENEWAL_WAIT_MAX = Duration.ofSeconds(30);

  /** The broker answers a little before the caller stops listening. */
  private static final Duration MARGIN = Duration.ofMillis(50);

  private final GrantBroker broker;

  BrokerRpc(GrantBroker broker) {
    this.broker = broker;
  }

  private interface Answer<T> {
    T get() throws BrokerProblem, InterruptedException;
  }

  @Override
  public void requestResources(
      RequestResourcesRequest request, StreamObserver<GrantUpdate> observer) {
    answer(
        observer,
        () -> {
          if (!request.hasResources()) {
            throw BrokerProblem.invalid("resources", "a request says what it wants");
          }
          if (!request.getResources().hasWorkload()
              && request.getResources().getReservation().isEmpty()) {
            throw BrokerProblem.invalid(
                "resources.workload", "a request names a workload or a reservation");
          }
          UUID id = requestId(request.getRequestId());
          return broker.request(caller(), request.getResources(), id, timeout(request));
        });
  }

  private static UUID requestId(String text) throws BrokerProblem {
    if (text.isEmpty()) {
      return UUID.randomUUID();
    }
    try {
      UUID id = UUID.fromString(text);
      if (id.version() == 4 && id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException _) {
      // Refused below.
    }
    throw BrokerProblem.invalid("request_id", "a request_id is a UUID of version 4");
  }

  private static Duration timeout(RequestResourcesRequest request) throws BrokerProblem {
    Duration wait = beforeDeadline(WAIT_MAX);
    if (!request.hasWaitTimeout()) {
      return wait;
    }
    long seconds = request.getWaitTimeout().getSeconds();
    if (seconds < 0 || request.getWaitTimeout().getNanos() < 0 || seconds > WAIT_MAX.toSeconds()) {
      throw BrokerProblem.invalid("wait_timeout", "a wait is at most 10 minutes");
    }
    Duration asked = Duration.ofSeconds(seconds, request.getWaitTimeout().getNanos());
    return asked.compareTo(wait) < 0 ? asked : wait;
  }

  private static Duration beforeDeadline(Duration most) {
    Deadline deadline = Context.current().getDeadline();
    if (deadline == null) {
      return most;
    }
    Duration left = Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)).minus(MARGIN);
    if (left.isNegative() || left.isZero()) {
      return Duration.ofMillis(1);
    }
    return left.compareTo(most) < 0 ? left : most;
  }

  @Override
  public void watchGrant(WatchGrantRequest request, StreamObserver<GrantUpdate> observer) {
    try {
      Caller caller = caller();
      if (!(observer instanceof ServerCallStreamObserver<GrantUpdate> stream)) {
        throw new IllegalStateException("a server's stream was expected");
      }
      stream.setOnCancelHandler(() -> {});
      broker.watch(
          caller,
          request.getReservation(),
          new GrantWatch(caller.uid(), request.getReservation(), stream));
    } catch (BrokerProblem problem) {
      observer.onError(StatusProto.toStatusRuntimeException(problem.status()));
    }
  }

  @Override
  public void renewGrant(RenewGrantRequest request, StreamObserver<Grant> observer) {
    answer(
        observer,
        () ->
            broker.renew(
                caller(),
                request.getName(),
                request.hasWanted() ? Optional.of(request.getWanted()) : Optional.empty(),
                beforeDeadline(RENEWAL_WAIT_MAX)));
  }

  @Override
  public void releaseGrant(ReleaseGrantRequest request, StreamObserver<Empty> observer) {
    answer(
        observer,
        () -> {
          broker.release(caller(), request.getName());
          return Empty.getDefaultInstance();
        });
  }

  private static Caller caller() throws BrokerProblem {
    Caller caller = Caller.CONTEXT.get();
    if (caller == null || caller.pid() < 1) {
      throw new BrokerProblem(
          Code.UNAUTHENTICATED,
          "CALLER_UNKNOWN",
          "the kernel does not say who is calling; connect from the agent's own process namespace",
          Map.of());
    }
    return caller;
  }

  private static <T> void answer(StreamObserver<T> observer, Answer<T> answer) {
    T value;
    try {
      value = answer.get();
    } catch (BrokerProblem problem) {
      observer.onError(StatusProto.toStatusRuntimeException(problem.status()));
      return;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      observer.onError(Status.CANCELLED.withDescription("the call was ended").asRuntimeException());
      return;
    }
    observer.onNext(value);
    observer.onCompleted();
  }
}
