package dev.holdfast.tests.fault.history;

/**
 * How much is asked for or held: each part counts on one node of a pathway.
 *
 * @param cpu millicores, on the hypervisor
 * @param network bytes per second, on the switch
 */
public record Amount(long cpu, long network) {
  /** Nothing. */
  public static final Amount NONE = new Amount(0, 0);

  /** Refuses what is below zero, or not countable. */
  public Amount {
    if (cpu < 0 || network < 0 || cpu >= NodeState.AMOUNT_MAX || network >= NodeState.AMOUNT_MAX) {
      throw new IllegalArgumentException("an amount of " + cpu + " and " + network);
    }
  }
}
