package dev.holdfast.agent.openenclave;

import dev.holdfast.attestation.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** What the SDK is told to judge by ({@code bits/evidence.h}, {@code oe_policy_t}). */
public sealed interface VerifierPolicy {
  /**
   * The time at which endorsements must be current, to the second. The SDK's check of revocation
   * lists goes by the wall clock all the same.
   *
   * @param at in the years 1970 to 9999
   */
  record EndorsementsTime(Instant at) implements VerifierPolicy {
    /** Refuses what {@code oe_datetime_t} cannot hold. */
    public EndorsementsTime {
      int year = at.atOffset(ZoneOffset.UTC).getYear();
      if (year < 1970 || year > 9999) {
        throw new IllegalArgumentException("a time in the years 1970 to 9999, not " + at);
      }
    }
  }

  /**
   * Which collateral the quote provider is asked for; its form is a matter between the two.
   *
   * @param words 1 to 4096 bytes
   */
  record EndorsementsBaseline(Bytes words) implements VerifierPolicy {
    /** Refuses any other length. */
    public EndorsementsBaseline {
      if (words.isEmpty() || words.length() > 4096) {
        throw new IllegalArgumentException("a baseline has 1 to 4096 bytes");
      }
    }
  }

  /**
   * A platform that is out of date passes if its level is of this date or later.
   *
   * @param from to the second
   */
  record TcbBaselineDate(Instant from) implements VerifierPolicy {}

  /** Its number, {@code oe_policy_type_t}. */
  default int type() {
    return switch (this) {
      case EndorsementsTime _ -> 1;
      case EndorsementsBaseline _ -> 2;
      case TcbBaselineDate _ -> 3;
    };
  }

  /** Its content: {@code oe_datetime_t}, a text, or {@code time_t}. */
  default Bytes content() {
    return switch (this) {
      case EndorsementsTime(Instant at) -> {
        OffsetDateTime utc = at.atOffset(ZoneOffset.UTC);
        yield Bytes.of(
            littleEndian(Layout.DATETIME_BYTES)
                .putInt(utc.getYear())
                .putInt(utc.getMonthValue())
                .putInt(utc.getDayOfMonth())
                .putInt(utc.getHour())
                .putInt(utc.getMinute())
                .putInt(utc.getSecond())
                .array());
      }
      // It ends with a zero, as the SDK's own tools send it.
      case EndorsementsBaseline(Bytes words) -> Bytes.concat(words, Bytes.of((byte) 0));
      case TcbBaselineDate(Instant from) ->
          Bytes.of(littleEndian(Long.BYTES).putLong(from.getEpochSecond()).array());
    };
  }

  private static ByteBuffer littleEndian(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
