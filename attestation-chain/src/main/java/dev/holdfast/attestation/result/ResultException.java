package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;

/** Thrown inside the readers of results; never leaves this package. */
final class ResultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  ResultException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  static ResultException malformed(String message) {
    return new ResultException(Reason.TOKEN_MALFORMED, message);
  }

  static ResultException schema(String message) {
    return new ResultException(Reason.TOKEN_SCHEMA, message);
  }

  Finding finding() {
    String message = getMessage();
    return Finding.against(reason, message == null ? "" : message)
        .at("result")
        .remedy("Ask the verifier for a new result, and pass it on unchanged.");
  }
}
