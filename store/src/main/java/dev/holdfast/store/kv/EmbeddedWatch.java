package dev.holdfast.store.kv;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/** A watch that reads the embedded store's history when it is asked, and keeps one short batch. */
final class EmbeddedWatch implements Watch {
  private final EmbeddedStore store;
  private final KeyRange range;
  private final Queue<Event> batch = new ArrayDeque<>();
  private long next;
  private volatile boolean closed;

  EmbeddedWatch(EmbeddedStore store, KeyRange range, long from) {
    this.store = store;
    this.range = range;
    this.next = from;
  }

  @Override
  public Event next(Duration patience) {
    if (closed) {
      throw new IllegalStateException("the watch is closed");
    }
    Event first = batch.poll();
    if (first != null) {
      return first;
    }
    EmbeddedStore.Heard heard;
    try {
      heard = store.hear(range, next, patience, () -> closed);
    } catch (StoreUnavailable e) {
      return new Disconnected(String.valueOf(e.getMessage()));
    }
    if (closed) {
      throw new IllegalStateException("the watch is closed");
    }
    next = heard.next();
    batch.addAll(heard.events());
    Event event = batch.poll();
    return event == null ? new Idle() : event;
  }

  @Override
  public void close() {
    closed = true;
    store.wake();
  }
}
