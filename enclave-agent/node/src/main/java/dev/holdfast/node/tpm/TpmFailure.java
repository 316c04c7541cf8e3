package dev.holdfast.node.tpm;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A TPM that cannot be reached or does not do what it is told. */
public final class TpmFailure extends IOException {
  private final @Nullable Integer responseCode;

  TpmFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.responseCode = null;
  }

  TpmFailure(String message, int responseCode) {
    super(message + ": TPM response code 0x" + Integer.toHexString(responseCode));
    this.responseCode = responseCode;
  }

  /** The TPM_RC (TPM 2.0 Part 2, 6.6), where the TPM answered at all. */
  public Optional<Integer> responseCode() {
    return Optional.ofNullable(responseCode);
  }
}
