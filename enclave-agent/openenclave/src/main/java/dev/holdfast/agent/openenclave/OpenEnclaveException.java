package dev.holdfast.agent.openenclave;

import java.io.IOException;

/** The SDK gives no answer: it is missing, fails, is busy, or breaks its own contract. */
public final class OpenEnclaveException extends IOException {
  private static final long serialVersionUID = 1L;

  OpenEnclaveException(String message) {
    super(message);
  }

  OpenEnclaveException(String message, Throwable cause) {
    super(message, cause);
  }
}
