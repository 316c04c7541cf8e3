package dev.holdfast.enclave;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.util.Map;

/** A refusal by the broker itself, before or in place of PAM's word. */
final class BrokerProblem extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Status status;

  BrokerProblem(Status status) {
    super(status.getMessage());
    this.status = status;
  }

  BrokerProblem(Code code, String reason, String message, Map<String, String> facts) {
    this(
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
            .build());
  }

  static BrokerProblem invalid(String field, String message) {
    return new BrokerProblem(
        Code.INVALID_ARGUMENT, "INVALID_REQUEST", message, Map.of("field", field));
  }

  static BrokerProblem unknown(String name) {
    return new BrokerProblem(
        Code.NOT_FOUND,
        "GRANT_UNKNOWN",
        "\"" + name + "\" is no grant or reservation of yours that lives",
        Map.of("name", name.length() > 256 ? name.substring(0, 256) : name));
  }

  static BrokerProblem unanswered(boolean connected) {
    return connected
        ? new BrokerProblem(
            Code.DEADLINE_EXCEEDED,
            "NO_ANSWER",
            "no answer came in time; repeat the request under the same id to go on waiting",
            Map.of())
        : new BrokerProblem(
            Code.UNAVAILABLE,
            "PAM_UNREACHABLE",
            "PAM cannot be reached now; repeat the request under the same id",
            Map.of());
  }

  Status status() {
    return status;
  }
}
