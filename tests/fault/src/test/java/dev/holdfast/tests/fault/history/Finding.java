package dev.holdfast.tests.fault.history;

/**
 * Something in a history that must never be.
 *
 * @param rule what is broken
 * @param words where, and by what
 */
public record Finding(Rule rule, String words) {
  /** What holds for every history. */
  public enum Rule {
    /** Some order of the calls explains every answer. */
    LINEARIZABLE,
    /** No node ever holds more than it has. */
    WITHIN_CAPACITY,
    /** What is kept as a sum is the sum: nothing is freed twice, or not at all. */
    SUMS_EQUAL_HOLDINGS,
    /** One request makes one reservation. */
    ONE_REQUEST_ONE_RESERVATION,
    /** What was acknowledged and not released is held in the end, as it was acknowledged last. */
    NOTHING_ACKNOWLEDGED_IS_LOST,
    /** Nothing is there that was only ever refused, or never asked for. */
    NOTHING_REFUSED_IS_THERE,
    /** What is refused is refused for what the reservation or the grant is. */
    REFUSALS_HAVE_A_CAUSE,
    /** What has ended, a hold, a grant or a lead, does not come back. */
    THE_END_IS_THE_END
  }

  @Override
  public String toString() {
    return rule + ": " + words;
  }
}
