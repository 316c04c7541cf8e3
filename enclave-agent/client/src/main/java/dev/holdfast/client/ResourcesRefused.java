package dev.holdfast.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;

/** A request that was refused, by the agent or by PAM, and why. */
public final class ResourcesRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final String reason;
  private final transient Map<String, String> metadata;

  private ResourcesRefused(Code code, String reason, String message, Map<String, String> metadata) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  static ResourcesRefused of(StatusRuntimeException failure) {
    Status status = StatusProto.fromThrowable(failure);
    return of(
        status != null
            ? status
            : Status.newBuilder()
                .setCode(failure.getStatus().getCode().value())
                .setMessage(String.valueOf(failure.getMessage()))
                .build());
  }

  static ResourcesRefused of(Status status) {
    Code code = Code.forNumber(status.getCode());
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          return new ResourcesRefused(
              code == null ? Code.UNKNOWN : code,
              info.getReason(),
              status.getMessage(),
              info.getMetadataMap());
        } catch (InvalidProtocolBufferException _) {
          // As if it had no details.
        }
      }
    }
    return new ResourcesRefused(
        code == null ? Code.UNKNOWN : code,
        code == null ? "UNKNOWN" : code.name(),
        status.getMessage(),
        Map.of());
  }

  /** The kind of error. */
  public Code code() {
    return code;
  }

  /** A stable identifier in UPPER_SNAKE_CASE, such as TRUST_LOST. */
  public String reason() {
    return reason;
  }

  /** Facts that go with the reason. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
