package dev.holdfast.conformance;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The client's side of a stream both ways: says, and waits for what is said. */
final class Conversation<Q, R> {
  private static final int PATIENCE_SECONDS = 20;

  private final BlockingQueue<Heard<R>> heard = new LinkedBlockingQueue<>();
  private final StreamObserver<Q> out;

  private sealed interface Heard<R> {
    record Message<R>(R message) implements Heard<R> {}

    record Failure<R>(StatusRuntimeException failure) implements Heard<R> {}

    record End<R>() implements Heard<R> {}
  }

  Conversation(Function<StreamObserver<R>, StreamObserver<Q>> call) {
    this.out =
        call.apply(
            new StreamObserver<>() {
              @Override
              public void onNext(R message) {
                heard.add(new Heard.Message<>(message));
              }

              @Override
              public void onError(Throwable failure) {
                heard.add(
                    new Heard.Failure<>(
                        failure instanceof StatusRuntimeException status
                            ? status
                            : Status.fromThrowable(failure).asRuntimeException()));
              }

              @Override
              public void onCompleted() {
                heard.add(new Heard.End<>());
              }
            });
  }

  /** Says something; after the other side has ended, nothing. */
  void say(Q message) {
    try {
      out.onNext(message);
    } catch (IllegalStateException ended) {
      // What the other side said last is in the queue.
    }
  }

  /** What is said next, or the status that it ended with. */
  R next() {
    return switch (take()) {
      case Heard.Message<R>(R message) -> message;
      case Heard.Failure<R>(StatusRuntimeException failure) -> throw failure;
      case Heard.End<R>() -> throw new AssertionError("it ended");
    };
  }

  private Heard<R> take() {
    try {
      Heard<R> next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was said");
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
