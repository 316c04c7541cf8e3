package dev.holdfast.store.seal;

/** Why a key cannot be used. It says what to do, and never what is in a key or a PIN. */
public final class KeyFailure extends RuntimeException {
  private final Reason reason;

  /** What is wrong, in one word for programs. */
  public enum Reason {
    /** Others than its owner can reach a file that holds a secret, or its folder. */
    FILE_EXPOSED,
    /** A file cannot be read or written, or does not hold what it should. */
    FILE_UNUSABLE,
    /** The token or its library cannot be used. */
    TOKEN_UNUSABLE,
    /** The token does not take the PIN. */
    PIN_REFUSED,
    /** The key can be taken out of its token. */
    KEY_EXTRACTABLE,
    /** The provider does not have the wrapping key that a data key is wrapped under. */
    WRAPPING_KEY_MISSING,
    /** A wrapped data key was changed, or is not one. */
    DATA_KEY_BROKEN,
    /** The ring of data keys was changed, or is none. */
    RING_BROKEN
  }

  /** Says what is wrong, why, and what to do. */
  public KeyFailure(Reason reason, String message) {
    super(reason + ": " + message);
    this.reason = reason;
  }

  /** Says what is wrong, why, and what to do. */
  public KeyFailure(Reason reason, String message, Throwable cause) {
    super(reason + ": " + message, cause);
    this.reason = reason;
  }

  /** What is wrong, in one word. */
  public Reason reason() {
    return reason;
  }
}
