package dev.holdfast.server.service;

import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.store.ledger.RowWatch;
import dev.holdfast.store.ledger.Stored;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One watcher of rows of a kind: the present state, then every change, in the order of revisions.
 *
 * @param <T> what kind of thing
 * @param <M> how it is told of
 */
final class Following<T, M> implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int HEARTBEAT_PATIENCES = 25;

  private final Feed<T, M> feed;
  private final long afterRevision;
  private final ServerCallStreamObserver<M> out;

  /** What there is at a revision: watching after it misses nothing. */
  record Present<T>(List<Stored<T>> rows, long revision) {
    Present {
      rows = List.copyOf(rows);
    }
  }

  /** How a thing, or nothing for a heartbeat, is told of with the revision that it brings to. */
  interface Words<T, M> {
    M of(Stored<T> row, long revision);

    M heartbeat(long revision);
  }

  /**
   * What is watched, and how.
   *
   * @param method the name of the call
   * @param present what is told first
   * @param watch the changes from a revision on
   * @param wanted which of them are told
   * @param words how
   */
  record Feed<T, M>(
      String method,
      Supplier<Present<T>> present,
      LongFunction<RowWatch<T>> watch,
      Predicate<T> wanted,
      Words<T, M> words) {}

  Following(Feed<T, M> feed, long afterRevision, ServerCallStreamObserver<M> out) {
    this.feed = feed;
    this.afterRevision = afterRevision;
    this.out = out;
  }

  @Override
  public void run() {
    try {
      long revision = afterRevision == 0 ? present() : afterRevision;
      try (RowWatch<T> watch = feed.watch().apply(revision + 1)) {
        follow(watch, revision);
      }
    } catch (RuntimeException failure) {
      if (!out.isCancelled()) {
        out.onError(Unary.refuse(failure, feed.method()));
      }
    }
  }

  private long present() {
    Present<T> all = feed.present().get();
    for (Stored<T> stored : all.rows()) {
      out.onNext(feed.words().of(stored, stored.revision()));
    }
    out.onNext(feed.words().heartbeat(all.revision()));
    return all.revision();
  }

  private void follow(RowWatch<T> watch, long from) {
    long revision = from;
    int silent = 0;
    while (!out.isCancelled()) {
      switch (watch.next(PATIENCE)) {
        case RowWatch.Changed<T> changed -> {
          silent = 0;
          revision = changed.revision();
          for (RowWatch.RowChange<T> change : changed.changes()) {
            if (change instanceof RowWatch.Put<T>(Stored<T> row)
                && feed.wanted().test(row.value())) {
              out.onNext(feed.words().of(row, revision));
            }
          }
        }
        case RowWatch.Idle<T> _, RowWatch.Disconnected<T> _ -> {
          if (++silent % HEARTBEAT_PATIENCES == 0) {
            out.onNext(feed.words().heartbeat(revision));
          }
        }
        case RowWatch.Compacted<T> compacted ->
            throw new Refusal(
                new AccessProblem.CallRefused(
                    Problem.Kind.OUT_OF_RANGE,
                    "REVISION_COMPACTED",
                    "changes before revision "
                        + compacted.oldestRevision()
                        + " are forgotten: list again, and watch from the revision that it returns",
                    Map.of()));
      }
    }
  }
}
