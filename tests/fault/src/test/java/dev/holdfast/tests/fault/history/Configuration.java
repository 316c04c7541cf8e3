package dev.holdfast.tests.fault.history;

import java.util.Arrays;

/**
 * One way in which the calls so far may have taken effect: which of those under way have, and what
 * that made of the node. Cells that differ from the common ground are listed; see {@link Checker}.
 */
final class Configuration {
  private static final int[] NO_REQUESTS = {};
  private static final long[] NO_CELLS = {};

  /** Nothing has happened. */
  static final Configuration EMPTY = new Configuration(0, 0, 0, NO_REQUESTS, NO_CELLS);

  private final long taken;
  private final long held;
  private final long holds;
  private final int[] requests;
  private final long[] cells;
  private final int hash;

  private Configuration(long taken, long held, long holds, int[] requests, long[] cells) {
    this.taken = taken;
    this.held = held;
    this.holds = holds;
    this.requests = requests;
    this.cells = cells;
    this.hash =
        Long.hashCode(taken * 0x9e3779b97f4a7c15L + held)
            + 31 * Arrays.hashCode(requests)
            + 17 * Arrays.hashCode(cells);
  }

  boolean took(int slot) {
    return (taken >>> slot & 1) != 0;
  }

  long taken() {
    return taken;
  }

  long held() {
    return held;
  }

  long holds() {
    return holds;
  }

  int differences() {
    return requests.length;
  }

  int request(int difference) {
    return requests[difference];
  }

  /** The cell of a request. */
  long cell(int request, long[] ground) {
    int at = Arrays.binarySearch(requests, request);
    return at >= 0 ? cells[at] : ground[request];
  }

  /** The same where a call under way has taken effect, or where one that had has returned. */
  Configuration toggled(int slot) {
    return new Configuration(taken ^ 1L << slot, held, holds, requests, cells);
  }

  /** The same with another cell for a request. */
  Configuration with(int request, long cell, long[] ground) {
    long before = cell(request, ground);
    if (before == cell) {
      return this;
    }
    long held = this.held - NodeState.amount(before) + NodeState.amount(cell);
    long holds = this.holds - NodeState.holds(before) + NodeState.holds(cell);
    int at = Arrays.binarySearch(requests, request);
    if (cell == ground[request]) {
      Configuration rest = without(request);
      return new Configuration(taken, held, holds, rest.requests, rest.cells);
    }
    if (at >= 0) {
      long[] changed = cells.clone();
      changed[at] = cell;
      return new Configuration(taken, held, holds, requests, changed);
    }
    int gap = -at - 1;
    int[] longer = Arrays.copyOf(requests, requests.length + 1);
    long[] more = Arrays.copyOf(cells, cells.length + 1);
    System.arraycopy(requests, gap, longer, gap + 1, requests.length - gap);
    System.arraycopy(cells, gap, more, gap + 1, cells.length - gap);
    longer[gap] = request;
    more[gap] = cell;
    return new Configuration(taken, held, holds, longer, more);
  }

  /** The same where the difference of a request has become part of the common ground. */
  Configuration without(int request) {
    int at = Arrays.binarySearch(requests, request);
    int[] shorter = new int[requests.length - 1];
    long[] fewer = new long[cells.length - 1];
    System.arraycopy(requests, 0, shorter, 0, at);
    System.arraycopy(cells, 0, fewer, 0, at);
    System.arraycopy(requests, at + 1, shorter, at, shorter.length - at);
    System.arraycopy(cells, at + 1, fewer, at, fewer.length - at);
    return new Configuration(taken, held, holds, shorter, fewer);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Configuration that
        && hash == that.hash
        && taken == that.taken
        && held == that.held
        && holds == that.holds
        && Arrays.equals(requests, that.requests)
        && Arrays.equals(cells, that.cells);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
