package dev.holdfast.tests.fault.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What concurrent clients asked, and were answered, in the order in which it was made and came
 * back.
 *
 * @param site what it is about
 * @param operations by when they were made; the last is a survey with a census, after all others
 *     had returned
 */
public record History(Site site, List<Operation> operations) {
  /** Sorts the operations. */
  public History {
    operations = operations.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
  }

  /** The pathway of each request. */
  Map<Integer, String> pathways() {
    var found = new HashMap<Integer, String>();
    for (Operation operation : operations) {
      if (operation.call() instanceof Call.Reserve(int request, _, String pathway, _)) {
        found.put(request, pathway);
      }
    }
    return found;
  }

  /** The census that ends it. */
  Map<String, Outcome.Counted> census() {
    if (!operations.isEmpty()
        && operations.getLast().outcome() instanceof Outcome.Seen seen
        && seen.census().isPresent()) {
      return seen.census().get();
    }
    throw new IllegalArgumentException("a history ends with a census");
  }

  /** Writes down a history while it happens. May be called from any thread. */
  public static final class Recorder {
    private final AtomicLong now = new AtomicLong();
    private final Queue<Operation> done = new ConcurrentLinkedQueue<>();
    private final AtomicLong count = new AtomicLong();

    /** Makes a call and writes down what was answered. */
    public Outcome call(int process, String instance, Call call, Supplier<Outcome> answer) {
      long invoked = now.incrementAndGet();
      Outcome outcome = answer.get();
      done.add(new Operation(process, instance, call, outcome, invoked, now.incrementAndGet()));
      count.incrementAndGet();
      return outcome;
    }

    /** How many calls have returned. */
    public long size() {
      return count.get();
    }

    /** What was written down so far. */
    public History history(Site site) {
      return new History(site, new ArrayList<>(done));
    }
  }
}
