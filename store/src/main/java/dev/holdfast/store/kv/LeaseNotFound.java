package dev.holdfast.store.kv;

/** A lease is named that has run out, was revoked or never was; nothing was changed. */
public final class LeaseNotFound extends StoreFailure {
  /** Says which. */
  public LeaseNotFound(LeaseId id) {
    super("lease %x is not held any more. Ask for a new one.".formatted(id.number()));
  }

  LeaseNotFound(String message, Throwable cause) {
    super(message, cause);
  }
}
