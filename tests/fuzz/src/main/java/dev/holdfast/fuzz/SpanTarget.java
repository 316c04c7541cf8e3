package dev.holdfast.fuzz;

import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.cli.CommandException;
import dev.holdfast.cli.Spans;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Spans as people write them, and moments as a server sends them. */
final class SpanTarget implements Target {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final int TIME_BYTES = Long.BYTES + Integer.BYTES;

  @Override
  public Class<?> reader() {
    return Spans.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(seed(NOW, "1h30m"), seed(NOW.plusSeconds(90), "500ms"), seed(NOW, "2d"));
  }

  private static Bytes seed(Instant time, String span) {
    ByteBuffer first = ByteBuffer.allocate(TIME_BYTES);
    first.putLong(time.getEpochSecond()).putInt(time.getNano());
    return Bytes.concat(Bytes.of(first.array()), Bytes.utf8(span));
  }

  /** Twelve bytes of a time, and the text of a span. */
  @Override
  public void read(byte[] data) {
    ByteBuffer time = ByteBuffer.wrap(Arrays.copyOf(data, TIME_BYTES));
    Timestamp sent =
        Timestamp.newBuilder().setSeconds(time.getLong()).setNanos(time.getInt()).build();
    if (Spans.age(true, sent, NOW).isEmpty() || Spans.until(true, sent, NOW).isEmpty()) {
      throw new IllegalStateException("a time has no words");
    }
    int start = Math.min(TIME_BYTES, data.length);
    Duration span;
    try {
      span = Spans.parse(new String(data, start, data.length - start, StandardCharsets.UTF_8));
    } catch (CommandException _) {
      return;
    }
    if (span.isNegative() || span.isZero() || span.compareTo(Duration.ofDays(366)) > 0) {
      throw new IllegalStateException("out of range: " + span);
    }
    String words = Spans.print(span);
    if (span.toSeconds() > 0 && !Spans.print(Spans.parse(words)).equals(words)) {
      throw new IllegalStateException(words + " reads as another span");
    }
  }
}
