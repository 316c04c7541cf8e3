package dev.holdfast.tests.fault.history;

/**
 * One call and its answer. Numbers order the whole history: if one call returned before another was
 * made, its second number is below the other's first.
 *
 * @param process who called; a process makes one call at a time
 * @param instance the ledger that was called
 * @param call what was asked for
 * @param outcome what was answered
 * @param invoked when the call was made, from 1
 * @param returned when the answer came
 */
public record Operation(
    int process, String instance, Call call, Outcome outcome, long invoked, long returned) {
  /** Refuses an answer before the question. */
  public Operation {
    if (invoked < 1 || returned <= invoked) {
      throw new IllegalArgumentException(invoked + " to " + returned);
    }
  }

  @Override
  public String toString() {
    return "[%d..%d] process %d at %s: %s -> %s"
        .formatted(invoked, returned, process, instance, call, outcome);
  }
}
