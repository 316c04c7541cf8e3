package dev.holdfast.server.collateral;

/** Collateral could not be fetched, or what came was not to be believed. */
public final class FetchException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean absent;

  private FetchException(String message, boolean absent) {
    super(message);
    this.absent = absent;
  }

  /** The service does not answer as it should; it may do so later. */
  public static FetchException failed(String message) {
    return new FetchException(message, false);
  }

  /** The service answers that it has none. */
  public static FetchException absent(String message) {
    return new FetchException(message, true);
  }

  /** Whether the service has none: asking again soon is no use. */
  public boolean isAbsent() {
    return absent;
  }
}
