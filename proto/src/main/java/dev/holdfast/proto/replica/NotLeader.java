package dev.holdfast.proto.replica;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;

/**
 * The answer of a replica that does not lead: ErrorInfo with the reason NOT_LEADER. Nothing was
 * done.
 *
 * @param leader the metadata {@code leader}: who does, as far as the replica knows
 */
public record NotLeader(Optional<ServerAddress> leader) {
  private static final String REASON = "NOT_LEADER";
  private static final String LEADER = "leader";

  /** Reads how a call ended; empty if in any other way. */
  public static Optional<NotLeader> of(Throwable failure) {
    return Optional.ofNullable(StatusProto.fromThrowable(failure)).flatMap(NotLeader::of);
  }

  /** Reads a refusal; empty if it is for any other reason. */
  public static Optional<NotLeader> of(Status refusal) {
    for (Any detail : refusal.getDetailsList()) {
      try {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          return info.getReason().equals(REASON)
              ? Optional.of(new NotLeader(address(info.getMetadataOrDefault(LEADER, ""))))
              : Optional.empty();
        }
      } catch (InvalidProtocolBufferException malformed) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** What is no address is as good as none: there are other replicas to ask. */
  private static Optional<ServerAddress> address(String text) {
    try {
      return Optional.of(ServerAddress.parse(text));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
