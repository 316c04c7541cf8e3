package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A copy of one range in memory that follows the store by a thread of its own: as complete as the
 * range, and at one revision at a time.
 *
 * <p>While the store cannot be reached it shows what was last heard, and says so. It takes as much
 * memory as the range.
 */
public final class RangeMirror implements AutoCloseable {
  /** How long its thread waits for a change at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final RangeFeed feed;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  // Guarded by the lock.
  private TreeMap<Key, Row> rows = new TreeMap<>();
  private long revision;
  private long lists;
  private Optional<String> trouble = Optional.of("the range was not read yet");
  private boolean closed;

  private RangeMirror(KeyValueStore store, KeyRange range) {
    this.feed = new RangeFeed(store, range);
    this.thread = Thread.ofVirtual().name("mirror").unstarted(this::follow);
  }

  /** Begins to read. The store stays open when the mirror is closed. */
  public static RangeMirror start(KeyValueStore store, KeyRange range) {
    var mirror = new RangeMirror(store, range);
    mirror.thread.start();
    return mirror;
  }

  /**
   * What a mirror shows.
   *
   * @param rows in the order of their keys; it does not change any more
   * @param revision the last one that changed the range as far as is known, or the one it was
   *     listed at; 0 before the first list
   * @param trouble why the store cannot be heard at present; empty when it is
   * @param lists how often the range was read as a whole, which is more than once after history was
   *     lost
   */
  public record View(
      SortedMap<Key, Row> rows, long revision, Optional<String> trouble, long lists) {}

  /** A copy of everything. */
  public View view() {
    lock.lock();
    try {
      return new View(
          Collections.unmodifiableSortedMap(new TreeMap<>(rows)), revision, trouble, lists);
    } finally {
      lock.unlock();
    }
  }

  /** One row, as last heard. */
  public Optional<Row> get(Key key) {
    lock.lock();
    try {
      return Optional.ofNullable(rows.get(key));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a change that the range had at a revision shows here.
   *
   * @return whether it does
   */
  public boolean await(long wanted, Duration patience) {
    long left = patience.toNanos();
    lock.lock();
    try {
      while (revision < wanted && !closed && left > 0) {
        left = news.awaitNanos(left);
      }
      return revision >= wanted;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void follow() {
    try {
      while (apply(feed.next(PATIENCE))) {
        // Everything is in the condition.
      }
    } catch (IllegalStateException | StoreUnavailable e) {
      // The store was closed, or this mirror.
      end(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      end("the mirror failed: " + e);
      throw e;
    } finally {
      feed.close();
    }
  }

  private void end(String why) {
    lock.lock();
    try {
      closed = true;
      trouble = Optional.of(why);
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean apply(RangeFeed.Event event) {
    lock.lock();
    try {
      switch (event) {
        case RangeFeed.Listed listed -> {
          var fresh = new TreeMap<Key, Row>();
          listed.rows().forEach(row -> fresh.put(row.key(), row));
          rows = fresh;
          revision = listed.revision();
          lists++;
          trouble = Optional.empty();
        }
        case RangeFeed.Changed changed -> {
          changed.changes().forEach(this::change);
          revision = changed.revision();
          trouble = Optional.empty();
        }
        case RangeFeed.Idle() -> trouble = Optional.empty();
        case RangeFeed.Disconnected(String why) -> trouble = Optional.of(why);
      }
      news.signalAll();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void change(Change change) {
    switch (change) {
      case Change.Put(Row row) -> rows.put(row.key(), row);
      case Change.Deleted(Key key, _) -> rows.remove(key);
    }
  }

  /** Stops following. What was heard can still be read. */
  @Override
  public void close() {
    end("the mirror is closed");
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
