package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import org.junit.jupiter.api.function.Executable;

/**
 * How a call was refused.
 *
 * @param code the status
 * @param info what the status says in particular, if it does
 * @param message its words
 */
record Refused(Code code, Optional<ErrorInfo> info, String message) {
  /** Makes a call that must be refused. */
  static Refused by(Executable call) {
    return of(assertThrows(StatusRuntimeException.class, call));
  }

  static Refused of(StatusRuntimeException failure) {
    Status full = StatusProto.fromThrowable(failure);
    return of(
        full == null
            ? Status.newBuilder().setCode(failure.getStatus().getCode().value()).build()
            : full);
  }

  static Refused of(Status status) {
    Optional<ErrorInfo> info = Optional.empty();
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          info = Optional.of(detail.unpack(ErrorInfo.class));
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return new Refused(
        io.grpc.Status.fromCodeValue(status.getCode()).getCode(), info, status.getMessage());
  }

  String reason() {
    return info.map(ErrorInfo::getReason).orElse("");
  }

  /** Asserts the status and the reason, and that the words are for people. */
  Refused with(Code expected, String reason) {
    assertEquals(expected + " / " + reason, code + " / " + reason(), message);
    assertEquals("holdfast.dev", info.map(ErrorInfo::getDomain).orElse(""), message);
    assertFalse(message.isBlank(), "a refusal without words");
    assertFalse(message.contains("Exception") || message.contains("\tat "), message);
    return this;
  }
}
