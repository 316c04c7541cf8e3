package dev.holdfast.store.kv;

/** Why the store did not do as asked. It does not cover conflicts, which are an answer. */
public abstract sealed class StoreFailure extends RuntimeException
    permits StoreUnavailable, OutcomeUnknown, RevisionCompacted, LeaseNotFound, StoreRefused {
  StoreFailure(String message, Throwable cause) {
    super(message, cause);
  }

  StoreFailure(String message) {
    super(message);
  }
}
