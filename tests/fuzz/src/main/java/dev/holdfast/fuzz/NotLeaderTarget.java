package dev.holdfast.fuzz;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.replica.ServerAddress;
import java.util.List;

/**
 * What a replica says that does not lead: the address that it names is one, and written as read.
 */
final class NotLeaderTarget implements Target {
  @Override
  public Class<?> reader() {
    return NotLeader.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(seed("127.0.0.1:7443"), seed("[fd00::1%eth0]:7443"), seed("pam.example:0"));
  }

  private static Bytes seed(String leader) {
    ErrorInfo info =
        ErrorInfo.newBuilder().setReason("NOT_LEADER").putMetadata("leader", leader).build();
    return Bytes.of(Status.newBuilder().addDetails(Any.pack(info)).build().toByteArray());
  }

  /** One google.rpc.Status. */
  @Override
  public void read(byte[] data) {
    Status refusal;
    try {
      refusal = Status.parseFrom(data);
    } catch (InvalidProtocolBufferException malformed) {
      return;
    }
    NotLeader.of(refusal).flatMap(NotLeader::leader).ifPresent(NotLeaderTarget::check);
  }

  private static void check(ServerAddress leader) {
    if (!ServerAddress.parse(leader.toString()).equals(leader)) {
      throw new IllegalStateException("an address was read that is none");
    }
    if (leader.toString().chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalStateException("an address can steer a terminal");
    }
  }
}
