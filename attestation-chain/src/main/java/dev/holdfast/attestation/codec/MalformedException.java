package dev.holdfast.attestation.codec;

/** Thrown inside a parser when bytes from outside cannot be read; never leaves a verifier. */
public final class MalformedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean truncated;

  /** Bytes that break a rule. */
  public MalformedException(String message) {
    this(message, false);
  }

  private MalformedException(String message, boolean truncated) {
    super(message, null, false, false);
    this.truncated = truncated;
  }

  /** Bytes that end too early. */
  static MalformedException truncated(String message) {
    return new MalformedException(message, true);
  }

  /** Whether the bytes would be readable if more of them had come. */
  public boolean isTruncated() {
    return truncated;
  }

  /** What is wrong, in words. */
  public String words() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
