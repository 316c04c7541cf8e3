package dev.holdfast.store.kv;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Event.EventType;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A watch on etcd that trusts no stream: whenever one broke, lagged, or did not answer when it was
 * asked whether it lives, another is opened, at the next member, from the revision behind the last
 * one heard.
 *
 * <p>The reader does the watching over: it wakes up for it while it waits in {@link #next}.
 */
final class EtcdWatch implements Watch {
  /** A stream that said nothing for this long is asked how far it is. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(2);

  /** A stream that was asked and said nothing for this long is dead. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(3);

  /**
   * A stream that lives but brought no change for this long is opened anew, so that the server
   * finds what it may have failed to say: from the revision on at which it was opened itself, as
   * what was before that has been looked for by then. So a watch needs no older history than of the
   * last few minutes, however quiet its range is.
   */
  static final Duration RECHECK = Duration.ofMinutes(2);

  /** How long to wait before a broken stream is opened anew. */
  private static final Duration REOPEN_PAUSE = Duration.ofMillis(250);

  // WatchCreateRequest.fragment and WatchResponse.fragment of etcd 3.4, which jetcd's messages
  // lack:
  // without it everything that is behind a revision may come as one message, however large.
  private static final UnknownFieldSet FRAGMENT =
      UnknownFieldSet.newBuilder()
          .addField(8, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
          .build();
  private static final int MORE_FOLLOWS = 7;

  private final EtcdMembers members;
  private final KeyRange range;
  private final Duration recheck;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final Queue<Changed> pending = new ArrayDeque<>();

  // All guarded by the lock.
  private @Nullable Stream stream;
  private long next;
  private long closedAt;
  private Optional<Compacted> end = Optional.empty();
  private Optional<String> broken = Optional.empty();
  private boolean closed;

  /**
   * A watch.
   *
   * @param from the first revision to hear of
   * @param recheck after how long without a change its stream is opened anew
   */
  EtcdWatch(EtcdMembers members, KeyRange range, long from, Duration recheck) {
    this.members = members;
    this.range = range;
    this.recheck = recheck;
    this.next = from;
    lock.lock();
    try {
      open();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Event next(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new IllegalStateException("the watch is closed");
        }
        Changed first = pending.poll();
        if (first != null) {
          return first;
        }
        if (end.isPresent()) {
          return end.get();
        }
        long now = System.nanoTime();
        long due = watchOver(now);
        long left = deadline - now;
        if (left <= 0) {
          return broken.<Event>map(Disconnected::new).orElseGet(Idle::new);
        }
        news.awaitNanos(Math.min(left, due));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted while waiting for a change", e);
    } finally {
      lock.unlock();
    }
  }

  /** Sees to the stream; returns after how many nanoseconds to do so again. */
  private long watchOver(long now) {
    Stream mine = stream;
    if (mine == null) {
      long since = now - closedAt;
      if (since < REOPEN_PAUSE.toNanos()) {
        return REOPEN_PAUSE.toNanos() - since;
      }
      open();
      return SILENCE_MAX.toNanos();
    }
    if (mine.asked) {
      long waited = now - mine.askedAt;
      if (waited < ANSWER_MAX.toNanos()) {
        return ANSWER_MAX.toNanos() - waited;
      }
      members.renew(mine.member);
      fail(mine, "etcd stopped answering");
      return REOPEN_PAUSE.toNanos();
    }
    if (now - mine.changedAt >= recheck.toNanos() && mine.part.isEmpty()) {
      mine.cancel();
      next = Math.max(next, mine.openedAt + 1);
      open();
      return SILENCE_MAX.toNanos();
    }
    long silent = now - mine.heardAt;
    if (silent < SILENCE_MAX.toNanos()) {
      return SILENCE_MAX.toNanos() - silent;
    }
    mine.ask(now);
    return ANSWER_MAX.toNanos();
  }

  private void open() {
    var fresh = new Stream(members.asked());
    stream = fresh;
    fresh.start();
  }

  private void fail(Stream mine, String why) {
    if (stream == mine) {
      mine.cancel();
      stream = null;
      closedAt = System.nanoTime();
      broken = Optional.of(why);
      members.moveOn(mine.member);
      news.signalAll();
    }
  }

  /** One stream to one member, from the next revision on; what is cancelled is not listened to. */
  private final class Stream extends ClientCall.Listener<WatchResponse> {
    private final int member;
    private final ClientCall<WatchRequest, WatchResponse> call;
    // What one revision has changed so far, while etcd says that more of it follows.
    private final List<Change> part = new ArrayList<>();
    private long partRevision;
    // The store's revision when the stream was opened; 0 until it is.
    private long openedAt;
    private long heardAt = System.nanoTime();
    private long changedAt = heardAt;
    // Until it is created it has to answer, as after every question.
    private boolean asked = true;
    private long askedAt = heardAt;

    Stream(int member) {
      this.member = member;
      this.call = members.channel(member).newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
    }

    void start() {
      call.start(this, new Metadata());
      if (stream != this) {
        // There is no connection, and it has failed already.
        return;
      }
      call.sendMessage(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(range.from().bytes())
                      .setRangeEnd(EtcdStore.endOf(range))
                      .setStartRevision(next)
                      .setUnknownFields(FRAGMENT))
              .build());
      call.request(1);
    }

    void ask(long now) {
      asked = true;
      askedAt = now;
      call.sendMessage(
          WatchRequest.newBuilder()
              .setProgressRequest(WatchProgressRequest.getDefaultInstance())
              .build());
    }

    void cancel() {
      call.cancel("the watch goes on elsewhere", null);
    }

    @Override
    public void onMessage(WatchResponse response) {
      lock.lock();
      try {
        if (stream != this) {
          return;
        }
        heardAt = System.nanoTime();
        asked = false;
        if (response.getCanceled()) {
          cancelled(response);
          return;
        }
        broken = Optional.empty();
        if (response.getCreated()) {
          openedAt = response.getHeader().getRevision();
        }
        if (response.getEventsCount() > 0) {
          changedAt = heardAt;
        }
        response.getEventsList().forEach(this::take);
        if (!response.getUnknownFields().hasField(MORE_FOLLOWS)) {
          flush();
        }
        if (pending.size() >= PENDING_MAX) {
          // The reader is slow: the rest is fetched from history once it has caught up.
          cancel();
          stream = null;
          closedAt = heardAt - REOPEN_PAUSE.toNanos();
        }
        news.signalAll();
      } finally {
        lock.unlock();
      }
      call.request(1);
    }

    private void take(io.etcd.jetcd.api.Event event) {
      long revision = event.getKv().getModRevision();
      if (revision < next) {
        return;
      }
      if (revision != partRevision) {
        flush();
      }
      partRevision = revision;
      part.add(
          event.getType() == EventType.DELETE
              ? new Change.Deleted(new Key(event.getKv().getKey()), revision)
              : new Change.Put(EtcdStore.row(event.getKv())));
    }

    private void flush() {
      if (!part.isEmpty()) {
        pending.add(new Changed(partRevision, part));
        next = partRevision + 1;
        part.clear();
      }
    }

    private void cancelled(WatchResponse response) {
      if (response.getCompactRevision() > 0) {
        end = Optional.of(new Compacted(response.getCompactRevision()));
      }
      fail(this, "etcd ended the watch: " + response.getCancelReason());
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      lock.lock();
      try {
        fail(this, "etcd closed the watch: " + EtcdFailure.say(status));
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (stream != null) {
        stream.cancel();
        stream = null;
      }
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
