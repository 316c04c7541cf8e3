package dev.holdfast.server.rpc;

import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.StoreUnavailable;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.Callable;

/** Answers a unary call with what a plain function returns or throws. */
public final class Unary {
  private Unary() {}

  /** Runs the call, unless its caller has gone. */
  public static <R> void answer(StreamObserver<R> observer, String method, Callable<R> work) {
    R answer;
    try {
      if (Context.current().isCancelled()) {
        return;
      }
      answer = work.call();
    } catch (Exception failure) {
      observer.onError(refuse(failure, method));
      return;
    }
    observer.onNext(answer);
    observer.onCompleted();
  }

  /** The status for whatever a service threw: a refusal in words, a bug as INTERNAL. */
  public static StatusRuntimeException refuse(Throwable failure, String method) {
    return switch (failure) {
      case Refusal refusal -> Problems.exception(refusal.problem());
      case StoreUnavailable away ->
          Problems.exception(
              new AccessProblem.CallRefused(
                  Problem.Kind.UNAVAILABLE,
                  "STORE_UNAVAILABLE",
                  "the store cannot be reached, and nothing was changed: try again",
                  Map.of()));
      case StatusRuntimeException status -> status;
      default ->
          Status.INTERNAL
              .withDescription(
                  "a bug of ours; nothing more is known to the caller than its number: "
                      + Gate.incident(failure, method))
              .asRuntimeException();
    };
  }
}
