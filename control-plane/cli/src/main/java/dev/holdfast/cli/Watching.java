package dev.holdfast.cli;

import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.WatchReservationsRequest;
import dev.holdfast.proto.reservation.v1.WatchReservationsResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Follows reservations as they change. */
final class Watching {
  /** PAM speaks at least every 30 seconds; three times that is silence. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(90);

  /** How many replicas may be lost while one reservation is waited for. */
  private static final int LOST_MAX = 8;

  private final Holdfast root;
  private final Remote remote;

  Watching(Holdfast root, Remote remote) {
    this.root = root;
    this.remote = remote;
  }

  /** How a watch ended. */
  enum End {
    /** The one who asked has seen enough. */
    SATISFIED,
    /** The time was over. */
    TIME_OVER,
    /** PAM ended the stream. */
    CLOSED
  }

  /**
   * Hands on every message until {@code enough}.
   *
   * @param span how long at most; zero is without end
   */
  End watch(String parent, long after, Duration span, Predicate<WatchReservationsResponse> enough) {
    var stub = remote.watches();
    if (!span.isZero()) {
      stub = stub.withDeadlineAfter(span.toMillis(), TimeUnit.MILLISECONDS);
    }
    BlockingClientCall<?, WatchReservationsResponse> call =
        stub.watchReservations(
            WatchReservationsRequest.newBuilder()
                .setParent(parent)
                .setAfterRevision(after)
                .build());
    return read(call, !span.isZero(), enough);
  }

  /**
   * Hands on every message of a watch until {@code enough}.
   *
   * @param bounded whether the call has a deadline
   */
  static <M> End read(BlockingClientCall<?, M> call, boolean bounded, Predicate<M> enough) {
    try {
      while (true) {
        M next = call.read(SILENCE_MAX.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
          return End.CLOSED;
        }
        if (enough.test(next)) {
          return End.SATISFIED;
        }
      }
    } catch (TimeoutException e) {
      throw new CommandException(
          Exit.UNREACHABLE,
          "PAM has been silent for " + Spans.print(SILENCE_MAX) + ": the connection is lost.");
    } catch (StatusException e) {
      if (bounded && e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED) {
        return End.TIME_OVER;
      }
      throw new StatusRuntimeException(e.getStatus(), e.getTrailers());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return End.TIME_OVER;
    } finally {
      call.cancel("the watcher has gone", null);
    }
  }

  /** The same from the beginning, where the replica that is watched is lost. */
  private End watchOverReplicas(
      String parent, long after, Duration span, Predicate<WatchReservationsResponse> enough) {
    long end = System.nanoTime() + span.toNanos();
    for (int lost = 1; ; lost++) {
      Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
      try {
        return watch(parent, after, left, enough);
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || lost == LOST_MAX) {
          throw e;
        }
      }
    }
  }

  /** The reservation once it is ACTIVE; a refusal if it ends first or takes longer than allowed. */
  Reservation untilActive(Reservation made, Duration patience) {
    Reservation[] newest = {made};
    if (!settled(made)) {
      End end =
          watchOverReplicas(
              Names.parent(made.getName()),
              made.getRevision(),
              patience,
              event -> {
                if (event.getReservation().getName().equals(made.getName())) {
                  newest[0] = event.getReservation();
                  root.note(made.getName() + " is " + Text.word(newest[0].getState()));
                }
                return settled(newest[0]);
              });
      if (end != End.SATISFIED) {
        throw new CommandException(
            Exit.REFUSED,
            made.getName()
                + " is still "
                + Text.word(newest[0].getState())
                + (end == End.TIME_OVER ? " after " + Spans.print(patience) : "")
                + ". It stays reserved: see \"holdfast explain "
                + made.getName()
                + "\".");
      }
    }
    if (newest[0].getState() != Reservation.State.STATE_ACTIVE) {
      throw new CommandException(
          Exit.REFUSED,
          made.getName()
              + " is "
              + Text.word(newest[0].getState())
              + " and will not be ACTIVE: "
              + Findings.cause(newest[0].getCause()));
    }
    return newest[0];
  }

  private static boolean settled(Reservation reservation) {
    return switch (reservation.getState()) {
      case STATE_ACTIVE, STATE_RELEASING, STATE_RELEASED, STATE_FAILED -> true;
      case STATE_UNSPECIFIED, STATE_PENDING, STATE_PROVISIONING, STATE_SUSPENDED, UNRECOGNIZED ->
          false;
    };
  }
}
