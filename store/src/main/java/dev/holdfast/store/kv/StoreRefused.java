package dev.holdfast.store.kv;

/** The store is there and will not do it, such as one that is full; nothing was changed. */
public final class StoreRefused extends StoreFailure {
  StoreRefused(String message) {
    super(message);
  }

  /** Says what was refused, and why. */
  public StoreRefused(String message, Throwable cause) {
    super(message, cause);
  }
}
