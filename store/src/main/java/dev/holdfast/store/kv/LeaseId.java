package dev.holdfast.store.kv;

/**
 * The store's number for a lease.
 *
 * @param number not zero
 */
public record LeaseId(long number) {
  public LeaseId {
    if (number == 0) {
      throw new IllegalArgumentException("zero is no lease");
    }
  }
}
