package dev.holdfast.tests.fault.history;

import java.util.List;

/** What is to be said of a node's part of a history. */
sealed interface Verdict {
  /**
   * Some order of the calls explains every answer.
   *
   * @param steps how many there were
   * @param widest the most configurations that were possible at once
   */
  record Linearizable(int steps, int widest) implements Verdict {}

  /**
   * No order explains it.
   *
   * @param steps how many had returned: with one less there is an order, so no shorter beginning of
   *     the history shows it
   * @param excerpt the answer that cannot be explained, what was possible before, and the calls
   *     around it
   */
  record Violated(int steps, List<String> excerpt) implements Verdict {}

  /** It was given up: more was possible at once than there is room for. */
  record Undecided(String why) implements Verdict {}
}
