package dev.holdfast.server.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.holdfast.pam.model.Problem;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** The one table from refusals to {@code google.rpc.Status} (AIP-193). */
public final class Problems {
  /** The domain of every {@link ErrorInfo}. */
  public static final String DOMAIN = "holdfast.dev";

  private Problems() {}

  /** The status that a call ends with. */
  public static com.google.rpc.Status status(Problem problem) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code(problem.kind()).getNumber())
            .setMessage(problem.message())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(problem.reason())
                        .putAllMetadata(problem.facts())
                        .build()));
    problem
        .retryAfter()
        .ifPresent(
            delay ->
                status.addDetails(
                    Any.pack(
                        RetryInfo.newBuilder()
                            .setRetryDelay(
                                Duration.newBuilder()
                                    .setSeconds(delay.toSeconds())
                                    .setNanos(delay.toNanosPart()))
                            .build())));
    return status.build();
  }

  /** The same as the exception that gRPC throws. */
  public static StatusRuntimeException exception(Problem problem) {
    return StatusProto.toStatusRuntimeException(status(problem));
  }

  private static Code code(Problem.Kind kind) {
    return switch (kind) {
      case INVALID_ARGUMENT -> Code.INVALID_ARGUMENT;
      case FAILED_PRECONDITION -> Code.FAILED_PRECONDITION;
      case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
      case NOT_FOUND -> Code.NOT_FOUND;
      case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
      case ABORTED -> Code.ABORTED;
      case RESOURCE_EXHAUSTED -> Code.RESOURCE_EXHAUSTED;
      case UNAVAILABLE -> Code.UNAVAILABLE;
      case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
      case OUT_OF_RANGE -> Code.OUT_OF_RANGE;
      case UNIMPLEMENTED -> Code.UNIMPLEMENTED;
      case DEADLINE_EXCEEDED -> Code.DEADLINE_EXCEEDED;
    };
  }
}
