package dev.holdfast.attestation.conformance;

/** Thrown when a file of cases, or an input that a case names, cannot be read. */
public final class CaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what cannot be read, and why. */
  public CaseException(String message) {
    super(message);
  }

  /** What cannot be read, and why. */
  public String words() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
