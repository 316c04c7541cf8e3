package dev.holdfast.store.kv;

/** The store did not answer in time or cannot be reached, and nothing was changed. */
public final class StoreUnavailable extends StoreFailure {
  /** Says what was tried and why it failed. */
  public StoreUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /** Says what was tried and why it failed. */
  public StoreUnavailable(String message) {
    super(message);
  }
}
