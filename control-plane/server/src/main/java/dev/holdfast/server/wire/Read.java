package dev.holdfast.server.wire;

import com.google.protobuf.Duration;
import com.google.protobuf.Internal.EnumLite;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.RequestId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** Reads single fields; what is wrong is a {@link Refusal} that names the field. */
public final class Read {
  private Read() {}

  /** A text that must be there. */
  public static String required(String field, String text) {
    if (text.isEmpty()) {
      throw new Refusal(new Problem.FieldMissing(field));
    }
    return text;
  }

  /** The name of a node. */
  public static NodeName node(String field, String name) {
    return named(field, name, "trustZones/{trust_zone}/nodes/{node}", NodeName::parse);
  }

  /** The name of a pathway. */
  public static PathwayName pathway(String field, String name) {
    return named(field, name, "trustZones/{trust_zone}/pathways/{pathway}", PathwayName::parse);
  }

  /** The name of a trust zone. */
  public static TrustZoneName trustZone(String field, String name) {
    return named(field, name, "trustZones/{trust_zone}", TrustZoneName::parse);
  }

  /** An optional request id. */
  public static Optional<RequestId> requestId(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(RequestId.parse(text));
  }

  /** An enum that must be set to a value this release knows. */
  public static <E extends EnumLite> E word(
      String field, E value, int number, E unspecified, E unrecognized) {
    if (value.equals(unspecified)) {
      throw new Refusal(new Problem.FieldMissing(field));
    }
    if (value.equals(unrecognized)) {
      throw new Refusal(new Problem.EnumUnknown(field, number));
    }
    return value;
  }

  /** A point in time within the range of {@code google.protobuf.Timestamp}. */
  public static Instant time(String field, Timestamp timestamp) {
    if (timestamp.getNanos() < 0 || timestamp.getNanos() > 999_999_999) {
      throw new Refusal(new Problem.Window(field + " is no time", "Send a valid timestamp."));
    }
    try {
      Instant time = Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
      if (time.isBefore(Instant.EPOCH) || time.isAfter(Instant.parse("9999-12-31T23:59:59Z"))) {
        throw new Refusal(
            new Problem.Window(field + " is out of range", "Send a time from 1970 to 9999."));
      }
      return time;
    } catch (DateTimeException outOfRange) {
      throw new Refusal(
          new Problem.Window(field + " is out of range", "Send a time from 1970 to 9999."));
    }
  }

  /** A span from {@code least} to {@code most}; absent, the default. */
  public static java.time.Duration span(
      String field,
      boolean present,
      Duration span,
      java.time.Duration otherwise,
      java.time.Duration least,
      java.time.Duration most) {
    if (!present) {
      return otherwise;
    }
    String range = least + " to " + most;
    if (span.getSeconds() < 0
        || span.getSeconds() > most.toSeconds()
        || span.getNanos() < 0
        || span.getNanos() > 999_999_999) {
      throw new Refusal(new Problem.Amount(field, range, span.getSeconds() + " s"));
    }
    java.time.Duration read = java.time.Duration.ofSeconds(span.getSeconds(), span.getNanos());
    if (read.compareTo(least) < 0 || read.compareTo(most) > 0) {
      throw new Refusal(new Problem.Amount(field, range, read.toString()));
    }
    return read;
  }

  /** How many items a page may have: {@code otherwise} if zero, never more than {@code most}. */
  public static int pageSize(int asked, int otherwise, int most) {
    if (asked < 0) {
      throw new Refusal(new Problem.Amount("page_size", "0 to " + most, Integer.toString(asked)));
    }
    return asked == 0 ? otherwise : Math.min(asked, most);
  }

  private static <N> N named(String field, String text, String form, Function<String, N> parser) {
    required(field, text);
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException otherForm) {
      throw new Refusal(new Problem.IdFormat(field, form));
    }
  }
}
