package dev.holdfast.infrastructure;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.util.Map;

/** An allocation that this controller cannot make so, and why. */
public final class AllocationRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Status status;

  /**
   * Refuses.
   *
   * @param code the kind of error
   * @param reason a stable identifier in UPPER_SNAKE_CASE
   * @param message what happened, why, and what to do
   * @param facts what a program may want to know of it
   */
  public AllocationRefused(Code code, String reason, String message, Map<String, String> facts) {
    super(message);
    status =
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("holdfast.dev")
                        .setReason(reason)
                        .putAllMetadata(facts)
                        .build()))
            .build();
  }

  static AllocationRefused invalid(String field, String message) {
    return new AllocationRefused(
        Code.INVALID_ARGUMENT, "INVALID_ALLOCATION", message, Map.of("field", field));
  }

  static AllocationRefused unsupported(String field, String message) {
    return new AllocationRefused(
        Code.UNIMPLEMENTED, "ALLOCATION_UNSUPPORTED", message, Map.of("field", field));
  }

  /** The refusal as PAM is told it. */
  public Status status() {
    return status;
  }
}
