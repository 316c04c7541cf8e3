package dev.holdfast.tests.fault.history;

import java.util.List;

/** Linearizability by its definition: every order of a few steps is tried. */
final class EveryOrder {
  private final long capacity;
  private final List<NodeStep> steps;
  private final boolean[] taken;

  private EveryOrder(long capacity, List<NodeStep> steps) {
    this.capacity = capacity;
    this.steps = steps;
    this.taken = new boolean[steps.size()];
  }

  static boolean explains(long capacity, List<NodeStep> steps) {
    int requests = steps.stream().mapToInt(NodeStep::request).max().orElse(-1) + 1;
    return new EveryOrder(capacity, steps).from(new long[requests]);
  }

  private boolean from(long[] cells) {
    boolean over = true;
    for (int i = 0; i < steps.size(); i++) {
      over &= taken[i] || steps.get(i).returned() == NodeStep.NEVER;
    }
    if (over) {
      return true;
    }
    for (int i = 0; i < steps.size(); i++) {
      if (!taken[i] && mayBeNext(i)) {
        long[] after = cells.clone();
        if (take(steps.get(i), after)) {
          taken[i] = true;
          boolean explained = from(after);
          taken[i] = false;
          if (explained) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Nothing that is left returned before it was called. */
  private boolean mayBeNext(int next) {
    for (int i = 0; i < steps.size(); i++) {
      if (!taken[i] && i != next && steps.get(i).returned() < steps.get(next).invoked()) {
        return false;
      }
    }
    return true;
  }

  private boolean take(NodeStep step, long[] cells) {
    long held = 0;
    long holds = 0;
    for (long cell : cells) {
      held += NodeState.amount(cell);
      holds += NodeState.holds(cell);
    }
    if (step.kind() == NodeStep.Kind.TOTAL) {
      return held == step.amount() && holds == step.expected();
    }
    long after = NodeState.after(step, cells[step.request()], capacity - held);
    if (after == NodeState.ILLEGAL) {
      return false;
    }
    cells[step.request()] = after;
    return true;
  }
}
