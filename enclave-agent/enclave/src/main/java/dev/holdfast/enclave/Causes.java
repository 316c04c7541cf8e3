package dev.holdfast.enclave;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.holdfast.proto.reservation.v1.Cause;
import java.time.Instant;

/** Reasons for the end of a grant, as an application is told them. */
final class Causes {
  private Causes() {}

  static Cause of(String reason, String message, String subject) {
    return Cause.newBuilder()
        .setReason(reason)
        .setMessage(message)
        .setSubject(subject)
        .setOccurTime(Timestamp.newBuilder().setSeconds(Instant.now().getEpochSecond()))
        .build();
  }

  static Cause ofRefusal(Status refusal, String grant) {
    String reason = "RENEWAL_REFUSED";
    for (var detail : refusal.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          reason = detail.unpack(ErrorInfo.class).getReason();
        } catch (InvalidProtocolBufferException _) {
          // The general reason stays.
        }
      }
    }
    return of(reason, refusal.getMessage(), grant);
  }
}
