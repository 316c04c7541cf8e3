package dev.holdfast.tests.fault.history;

import java.util.List;

/**
 * The sequential model of one node: what each request holds on it, within its capacity.
 *
 * <p>A request's cell is one number: its phase above, its amount below; 0 while there is none.
 */
final class NodeState {
  /** What an amount stays below. */
  static final long AMOUNT_MAX = 1L << 52;

  /** The cell of a request that nothing was made for. */
  static final long ABSENT = 0;

  /** The answer for a step that cannot be taken. */
  static final long ILLEGAL = -1;

  private static final List<Phase> PHASES = List.of(Phase.values());

  private NodeState() {}

  static long cell(Phase phase, long amount) {
    return phase.number() * AMOUNT_MAX + amount;
  }

  static boolean in(Phase phase, long cell) {
    return cell / AMOUNT_MAX == phase.number();
  }

  static long amount(long cell) {
    return cell % AMOUNT_MAX;
  }

  static int holds(long cell) {
    return in(Phase.HELD, cell) || in(Phase.RELEASING, cell) ? 1 : 0;
  }

  /** The cell in words. */
  static String words(long cell) {
    return cell == ABSENT
        ? "nothing"
        : PHASES.get((int) (cell / AMOUNT_MAX) - 1) + " " + amount(cell);
  }

  /**
   * Takes a step.
   *
   * @param cell of the request that the step is about
   * @param free what the node has left
   * @return the cell after it; {@link #ILLEGAL} where the step would have been answered otherwise
   */
  static long after(NodeStep step, long cell, long free) {
    long amount = step.amount();
    boolean held = in(Phase.HELD, cell);
    boolean fits = amount - (held ? amount(cell) : 0) <= free;
    return switch (step.kind()) {
      case RESERVE ->
          cell == ABSENT
              ? when(fits && step.expected() == cell(Phase.HELD, amount), step.expected())
              : when(cell == step.expected(), cell);
      case RESERVE_EFFECT -> when(cell == ABSENT && fits, cell(Phase.HELD, amount));
      case RESERVE_FULL -> when(cell == ABSENT && !fits, cell);
      case RESIZE ->
          when(
              held
                  && step.expected() == cell(Phase.HELD, amount)
                  && (fits || amount <= amount(cell)),
              step.expected());
      case RESIZE_EFFECT ->
          when(held && (fits || amount <= amount(cell)), cell(Phase.HELD, amount));
      case RESIZE_FULL -> when(held && amount > amount(cell) && !fits, cell);
      case RESIZE_ILLEGAL -> when(cell != ABSENT && !held, cell);
      case RELEASE -> expected(step, held ? cell(Phase.RELEASING, amount(cell)) : cell);
      case RELEASE_EFFECT -> when(held, cell(Phase.RELEASING, amount(cell)));
      case FREE -> expected(step, in(Phase.RELEASING, cell) ? cell(Phase.FREED, 0) : cell);
      case FREE_EFFECT -> when(in(Phase.RELEASING, cell), cell(Phase.FREED, 0));
      case LOOK -> when(cell == step.expected(), cell);
      // What the whole node holds is compared by whoever knows it.
      case TOTAL -> ABSENT;
    };
  }

  private static long expected(NodeStep step, long after) {
    return when(after != ABSENT && after == step.expected(), after);
  }

  private static long when(boolean legal, long cell) {
    return legal ? cell : ILLEGAL;
  }
}
