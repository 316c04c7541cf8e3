package dev.holdfast.quickstart;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.server.journal.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Gathers what the server tells of itself while the story goes on. */
final class Figures {
  private final List<Event> events = new ArrayList<>();

  synchronized void add(Event event) {
    events.add(event);
    notifyAll();
  }

  /** Waits for an event that fits, from the {@code from}th on; returns it. */
  synchronized <E extends Event> E await(
      Class<E> kind, int from, Predicate<E> fits, long deadlineNanos) throws InterruptedException {
    int at = from;
    while (true) {
      for (; at < events.size(); at++) {
        if (kind.isInstance(events.get(at)) && fits.test(kind.cast(events.get(at)))) {
          return kind.cast(events.get(at));
        }
      }
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        throw new IllegalStateException("no " + kind.getSimpleName() + " came in time");
      }
      wait(Math.max(1, left / 1_000_000));
    }
  }

  /** How many there are: what comes later has this index or a higher one. */
  synchronized int mark() {
    return events.size();
  }

  synchronized <E extends Event> List<E> all(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** What was refused, and how often: by reason. */
  Map<String, Integer> refused() {
    Map<String, Integer> counts = new TreeMap<>();
    for (Event.Rejected rejected : all(Event.Rejected.class)) {
      counts.merge(rejected.reason(), 1, Integer::sum);
    }
    for (Event.GrantRefused rejected : all(Event.GrantRefused.class)) {
      counts.merge("grant: " + rejected.reason(), 1, Integer::sum);
    }
    return counts;
  }

  /** Millicores of CPU, in order, for every change of size. */
  Map<String, Object> adjustments() {
    List<Event.Resized> resized = all(Event.Resized.class);
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("count", resized.size());
    told.put("attestedFirst", resized.stream().filter(Event.Resized::attestedFirst).count());
    told.put(
        "cpuMillicores",
        resized.stream().map(one -> one.to().get(Resource.CPU_MILLICORES)).toList());
    return told;
  }
}
