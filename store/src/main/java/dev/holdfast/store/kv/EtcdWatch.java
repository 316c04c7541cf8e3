package dev.holdfast.store.kv;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A watch on etcd that opens its stream anew whenever that broke, lagged, or has been silent so
 * long that it may have died unnoticed.
 */
final class EtcdWatch implements Watch {
  /** A stream that was silent this long is opened anew: jetcd's can die without a word. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  /** How long to wait before a broken stream is opened anew. */
  private static final Duration REOPEN_PAUSE = Duration.ofMillis(250);

  private final Client client;
  private final KeyRange range;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final Queue<Changed> pending = new ArrayDeque<>();

  // All guarded by the lock.
  private io.etcd.jetcd.Watch.@Nullable Watcher stream;
  private long generation;
  private long next;
  private long lastHeard;
  private Optional<Compacted> end = Optional.empty();
  private Optional<String> broken = Optional.empty();
  private boolean closed;

  EtcdWatch(Client client, KeyRange range, long from) {
    this.client = client;
    this.range = range;
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
        long silent = now - lastHeard;
        if (silent >= (stream == null ? REOPEN_PAUSE : SILENCE_MAX).toNanos()) {
          open();
        }
        long left = deadline - now;
        if (left <= 0) {
          return broken.<Event>map(Disconnected::new).orElseGet(Idle::new);
        }
        long pause = stream == null ? REOPEN_PAUSE.toNanos() : SILENCE_MAX.toNanos();
        news.awaitNanos(Math.min(left, pause));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailable("interrupted while waiting for a change", e);
    } finally {
      lock.unlock();
    }
  }

  /** Opens a stream from the next revision on; what an older stream still says is ignored. */
  private void open() {
    drop();
    lastHeard = System.nanoTime();
    long mine = ++generation;
    WatchOption option =
        WatchOption.builder()
            .withRevision(next)
            .withRange(EtcdStore.endOf(range))
            .withCreateNotify(true)
            .withRequireLeader(true)
            .build();
    try {
      stream =
          client
              .getWatchClient()
              .watch(
                  EtcdStore.bytes(range.from()),
                  option,
                  io.etcd.jetcd.Watch.listener(
                      response -> heard(mine, response),
                      failure -> failed(mine, failure),
                      () -> failed(mine, new IllegalStateException("etcd ended the watch"))));
    } catch (RuntimeException e) {
      // The client may be closing, or have no connection; the next attempt will say.
      broken = Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private void drop() {
    if (stream != null) {
      io.etcd.jetcd.Watch.Watcher old = stream;
      stream = null;
      generation++;
      old.close();
    }
  }

  private void heard(long from, WatchResponse response) {
    lock.lock();
    try {
      if (from != generation || closed) {
        return;
      }
      lastHeard = System.nanoTime();
      broken = Optional.empty();
      var changes = new ArrayList<Change>();
      long revision = 0;
      for (WatchEvent event : response.getEvents()) {
        Change change = change(event);
        long at = revisionOf(change);
        // jetcd may begin again where it lost its connection; what was heard is not said twice.
        if (at < next) {
          continue;
        }
        if (at != revision && !changes.isEmpty()) {
          pending.add(new Changed(revision, changes));
          changes.clear();
        }
        revision = at;
        changes.add(change);
      }
      if (!changes.isEmpty()) {
        pending.add(new Changed(revision, changes));
        next = revision + 1;
      }
      if (pending.size() >= PENDING_MAX) {
        // The reader is slow: the rest is fetched from history once it has caught up.
        drop();
      }
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void failed(long from, Throwable failure) {
    lock.lock();
    try {
      if (from != generation || closed) {
        return;
      }
      if (failure instanceof CompactedException compacted) {
        end = Optional.of(new Compacted(compacted.getCompactedRevision()));
      }
      broken = Optional.of(String.valueOf(failure.getMessage()));
      lastHeard = System.nanoTime();
      drop();
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static long revisionOf(Change change) {
    return switch (change) {
      case Change.Put(Row row) -> row.modRevision();
      case Change.Deleted(_, long revision) -> revision;
    };
  }

  private static Change change(WatchEvent event) {
    return switch (event.getEventType()) {
      case PUT -> new Change.Put(EtcdStore.row(event.getKeyValue()));
      case DELETE ->
          new Change.Deleted(
              EtcdStore.key(event.getKeyValue()), event.getKeyValue().getModRevision());
      case UNRECOGNIZED ->
          throw new IllegalStateException("etcd sent an event of a kind that is not known");
    };
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      drop();
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
