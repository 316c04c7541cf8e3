package dev.holdfast.server.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Bytes;
import java.time.Instant;

/** Writes single values. */
public final class Write {
  private Write() {}

  /** A point in time. */
  public static Timestamp time(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  /** A span of time. */
  public static Duration span(java.time.Duration span) {
    return Duration.newBuilder().setSeconds(span.getSeconds()).setNanos(span.getNano()).build();
  }

  /** Bytes. */
  public static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.toByteArray());
  }

  /** Bytes of the wire as ours. */
  public static Bytes bytes(ByteString bytes) {
    return Bytes.of(bytes.toByteArray());
  }
}
