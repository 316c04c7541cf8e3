package dev.holdfast.store.transfer;

/** An export, an import or a restore that cannot be done, in words for whoever asked for it. */
public final class TransferException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what was found, and what to do. */
  public TransferException(String message) {
    super(message);
  }

  TransferException(String message, Throwable cause) {
    super(message, cause);
  }
}
