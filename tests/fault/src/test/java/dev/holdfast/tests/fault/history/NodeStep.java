package dev.holdfast.tests.fault.history;

/**
 * What one call did, or saw, on one node.
 *
 * @param kind what that is
 * @param request which request it is about; -1 for {@link Kind#TOTAL}
 * @param amount what was asked for on the node; for a total, what all hold there
 * @param expected the cell of the request that the answer showed; for a total, how many hold
 * @param invoked when the call was made
 * @param returned when its effect was seen first, or its answer came; {@link #NEVER}: perhaps never
 * @param source the call
 */
record NodeStep(
    Kind kind,
    int request,
    long amount,
    long expected,
    long invoked,
    long returned,
    Operation source) {
  /** When a step returned that nothing more is known of. It may not have been taken at all. */
  static final long NEVER = Long.MAX_VALUE;

  /** The kinds of step. An effect is a change whose answer was lost. */
  enum Kind {
    RESERVE(true),
    RESERVE_EFFECT(true),
    RESERVE_FULL(false),
    RESIZE(true),
    RESIZE_EFFECT(true),
    RESIZE_FULL(false),
    RESIZE_ILLEGAL(false),
    RELEASE(true),
    RELEASE_EFFECT(true),
    FREE(true),
    FREE_EFFECT(true),
    LOOK(false),
    TOTAL(false);

    private final boolean changes;

    Kind(boolean changes) {
      this.changes = changes;
    }

    /**
     * Whether it can change what is held. One that cannot is safe to take as soon as it is true.
     */
    boolean changes() {
      return changes;
    }
  }

  @Override
  public String toString() {
    String when = invoked + ".." + (returned == NEVER ? "" : returned);
    String what =
        kind == Kind.TOTAL
            ? "TOTAL saw " + amount + " in " + expected + " holds"
            : "%s request %d%s%s"
                .formatted(
                    kind,
                    request,
                    amount > 0 ? " of " + amount : "",
                    expected > 0 ? " saw " + NodeState.words(expected) : "");
    return "[%s] process %d at %s: %s".formatted(when, source.process(), source.instance(), what);
  }
}
