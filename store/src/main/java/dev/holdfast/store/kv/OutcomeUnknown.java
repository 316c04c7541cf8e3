package dev.holdfast.store.kv;

/**
 * A change was sent and no answer came, so it may have taken effect, may yet do so, or may never.
 *
 * <p>Only reading tells, and only once no earlier request can arrive any more: a transaction whose
 * comparisons name a revision that has passed can take effect no longer.
 */
public final class OutcomeUnknown extends StoreFailure {
  /** Says what was tried and what happened instead of an answer. */
  public OutcomeUnknown(String message, Throwable cause) {
    super(message, cause);
  }
}
