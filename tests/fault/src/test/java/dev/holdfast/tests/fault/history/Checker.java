package dev.holdfast.tests.fault.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether a node's part of a history is linearizable: whether each call can have taken
 * effect at one moment between its beginning and its end, so that the sequential model ({@link
 * NodeState}) gives the answers that were given.
 *
 * <p>J. M. Wing, C. Gong, "Testing and verifying concurrent objects" (1993), with just-in-time
 * linearization and memory of configurations of G. Lowe, "Testing for linearizability" (2017), here
 * breadth first: in the order of the answers, all configurations that are possible go on together,
 * equal ones as one. So a violation is found at the first answer that shows it, and memory is
 * bounded by what is possible at one moment, however long the history is. Two reductions keep that
 * small, and neither loses an order:
 *
 * <ul>
 *   <li>A call that changes nothing takes effect as soon as it is true: putting it there leaves
 *       every other answer as it was.
 *   <li>Where the answered call can take effect at once, and all others under way are changes to
 *       other requests, none needs to go before it: in any order that has them before, it can be
 *       moved to the front, then those that give back, then those that take, and what is held is
 *       never more than at its beginning or its end.
 * </ul>
 *
 * <p>Histories are checked for each node by itself: linearizability is local (M. Herlihy, J. Wing,
 * 1990, section 3.3).
 */
final class Checker {
  /** The most calls that may be under way at once, those that may never end included. */
  static final int OPEN_MAX = 64;

  /** The most configurations at once. */
  static final int CONFIGURATIONS_MAX = 100_000;

  private static final int EXCERPT_CALLS = 12;
  private static final int EXCERPT_CONFIGURATIONS = 4;

  private final long capacity;
  private final NodeStep[] open = new NodeStep[OPEN_MAX];
  private final Set<Configuration> visited = new HashSet<>();
  private final ArrayDeque<NodeStep> recent = new ArrayDeque<>();
  private final long[] ground;
  private long occupied;
  private Collection<Configuration> frontier = List.of(Configuration.EMPTY);

  private Checker(long capacity, int requests) {
    this.capacity = capacity;
    this.ground = new long[requests];
  }

  /** Checks the steps of one node, in any order. */
  static Verdict check(long capacity, List<NodeStep> steps) {
    int requests = steps.stream().mapToInt(NodeStep::request).max().orElse(-1) + 1;
    return new Checker(capacity, requests).run(steps);
  }

  /** A step's beginning or end, in the order of the history. */
  private record Event(long at, NodeStep step, boolean ends) {}

  private Verdict run(List<NodeStep> steps) {
    var events = new ArrayList<Event>(2 * steps.size());
    for (NodeStep step : steps) {
      events.add(new Event(step.invoked(), step, false));
      if (step.returned() != NodeStep.NEVER) {
        events.add(new Event(step.returned(), step, true));
      }
    }
    // At the same number beginnings come first: what was seen at that moment may overlap.
    events.sort(
        (a, b) ->
            a.at() != b.at() ? Long.compare(a.at(), b.at()) : Boolean.compare(a.ends, b.ends));
    int returned = 0;
    int widest = 1;
    for (Event event : events) {
      if (!event.ends()) {
        if (Long.bitCount(occupied) == OPEN_MAX) {
          return new Verdict.Undecided("more than " + OPEN_MAX + " calls were under way at once");
        }
        begin(event.step());
        continue;
      }
      returned++;
      Optional<Verdict> stop = end(event.step(), returned);
      if (stop.isPresent()) {
        return stop.get();
      }
      widest = Math.max(widest, frontier.size());
    }
    return new Verdict.Linearizable(returned, widest);
  }

  private void begin(NodeStep step) {
    int slot = Long.numberOfTrailingZeros(~occupied);
    open[slot] = step;
    occupied |= 1L << slot;
    if (!step.kind().changes()) {
      var next = new LinkedHashSet<Configuration>();
      frontier.forEach(configuration -> next.add(observed(configuration)));
      frontier = next;
    }
  }

  private Optional<Verdict> end(NodeStep step, int returned) {
    int slot = slot(step);
    var next = new LinkedHashSet<Configuration>();
    visited.clear();
    for (Configuration configuration : frontier) {
      if (configuration.took(slot)) {
        next.add(configuration.toggled(slot));
      } else {
        explore(configuration, slot, next);
      }
      if (visited.size() + next.size() > CONFIGURATIONS_MAX) {
        return Optional.of(
            new Verdict.Undecided("more than " + CONFIGURATIONS_MAX + " configurations at once"));
      }
    }
    if (next.isEmpty()) {
      return Optional.of(new Verdict.Violated(returned, excerpt(step)));
    }
    occupied &= ~(1L << slot);
    frontier = settle(next);
    recent.addLast(step);
    if (recent.size() > EXCERPT_CALLS) {
      recent.removeFirst();
    }
    return Optional.empty();
  }

  private int slot(NodeStep step) {
    for (long rest = occupied; rest != 0; rest &= rest - 1) {
      int slot = Long.numberOfTrailingZeros(rest);
      if (step.equals(open[slot])) {
        return slot;
      }
    }
    throw new IllegalStateException("it never began: " + step);
  }

  /** Finds every configuration in which the call in a slot was the last to take effect. */
  private void explore(Configuration from, int slot, Set<Configuration> found) {
    var waiting = new ArrayDeque<Configuration>();
    waiting.add(from);
    while (!waiting.isEmpty() && visited.size() <= CONFIGURATIONS_MAX) {
      Configuration configuration = waiting.removeLast();
      Optional<Configuration> direct = take(configuration, slot);
      if (direct.isPresent()) {
        Configuration after = observed(direct.get());
        found.add(after.toggled(slot));
        if (!open[slot].kind().changes() || othersMayWait(configuration, slot)) {
          continue;
        }
      }
      for (long rest = occupied & ~configuration.taken(); rest != 0; rest &= rest - 1) {
        int other = Long.numberOfTrailingZeros(rest);
        if (other == slot) {
          continue;
        }
        Optional<Configuration> after =
            take(configuration, other).map(this::observed).filter(visited::add);
        if (after.isPresent() && after.get().took(slot)) {
          found.add(after.get().toggled(slot));
        } else {
          after.ifPresent(waiting::add);
        }
      }
    }
  }

  private Optional<Configuration> take(Configuration from, int slot) {
    NodeStep step = open[slot];
    if (step.kind() == NodeStep.Kind.TOTAL) {
      boolean so = from.held() == step.amount() && from.holds() == step.expected();
      return so ? Optional.of(from.toggled(slot)) : Optional.empty();
    }
    long before = from.cell(step.request(), ground);
    long after = NodeState.after(step, before, capacity - from.held());
    return after == NodeState.ILLEGAL
        ? Optional.empty()
        : Optional.of(from.with(step.request(), after, ground).toggled(slot));
  }

  /** Lets every call take effect that changes nothing and is true now. */
  private Configuration observed(Configuration from) {
    Configuration now = from;
    for (long rest = occupied & ~from.taken(); rest != 0; rest &= rest - 1) {
      int slot = Long.numberOfTrailingZeros(rest);
      if (!open[slot].kind().changes()) {
        now = take(now, slot).orElse(now);
      }
    }
    return now;
  }

  /** Whether all others under way are changes, each to a request of its own. */
  private boolean othersMayWait(Configuration configuration, int slot) {
    var requests = new HashSet<Integer>();
    requests.add(open[slot].request());
    for (long rest = occupied & ~configuration.taken() & ~(1L << slot);
        rest != 0;
        rest &= rest - 1) {
      NodeStep other = open[Long.numberOfTrailingZeros(rest)];
      if (!other.kind().changes() || !requests.add(other.request())) {
        return false;
      }
    }
    return true;
  }

  /** Makes what all configurations agree on the common ground. */
  private Collection<Configuration> settle(Collection<Configuration> found) {
    Collection<Configuration> now = found;
    Configuration first = found.iterator().next();
    for (int i = first.differences() - 1; i >= 0; i--) {
      int request = first.request(i);
      long cell = first.cell(request, ground);
      if (now.stream().allMatch(one -> one.cell(request, ground) == cell)) {
        now = now.stream().map(one -> one.without(request)).toList();
        ground[request] = cell;
      }
    }
    return forget(now);
  }

  /** Forgets calls that nobody waits for, about requests that have come to their end. */
  private Collection<Configuration> forget(Collection<Configuration> found) {
    Collection<Configuration> now = found;
    for (long rest = occupied; rest != 0; rest &= rest - 1) {
      int slot = Long.numberOfTrailingZeros(rest);
      NodeStep step = open[slot];
      if (step.returned() == NodeStep.NEVER && NodeState.in(Phase.FREED, ground[step.request()])) {
        occupied &= ~(1L << slot);
        var merged = new LinkedHashSet<Configuration>();
        now.forEach(one -> merged.add(one.took(slot) ? one.toggled(slot) : one));
        now = merged;
      }
    }
    return now;
  }

  private List<String> excerpt(NodeStep failed) {
    var lines = new ArrayList<String>();
    lines.add("cannot be: " + failed);
    lines.add("of a capacity of %d, before it, one of:".formatted(capacity));
    frontier.stream()
        .limit(EXCERPT_CONFIGURATIONS)
        .forEach(
            one ->
                lines.add(
                    "  %d held in %d holds%s"
                        .formatted(
                            one.held(),
                            one.holds(),
                            failed.request() < 0
                                ? ""
                                : ", the request stands at "
                                    + NodeState.words(one.cell(failed.request(), ground)))));
    if (frontier.size() > EXCERPT_CONFIGURATIONS) {
      lines.add("  and %d more".formatted(frontier.size() - EXCERPT_CONFIGURATIONS));
    }
    lines.add("under way:");
    Arrays.stream(open)
        .filter(step -> step != null && !step.equals(failed) && underWay(step))
        .forEach(step -> lines.add("  " + step));
    lines.add("returned last:");
    recent.forEach(step -> lines.add("  " + step));
    return lines;
  }

  private boolean underWay(NodeStep step) {
    for (long rest = occupied; rest != 0; rest &= rest - 1) {
      if (step.equals(open[Long.numberOfTrailingZeros(rest)])) {
        return true;
      }
    }
    return false;
  }
}
