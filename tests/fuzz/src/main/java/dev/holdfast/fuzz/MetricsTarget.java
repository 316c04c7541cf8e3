package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.server.attest.Metrics;
import dev.holdfast.server.wire.ResourceWire;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Runtime metrics as the server judges them: what is accepted is in range, and only once. */
final class MetricsTarget implements Target {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final java.time.Duration AGE_MAX = java.time.Duration.ofMinutes(10);
  private static final java.time.Duration SKEW_MAX = java.time.Duration.ofSeconds(30);

  @Override
  public Class<?> reader() {
    return Metrics.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.of(
            RuntimeMetrics.newBuilder()
                .setSequence(3)
                .setBootId(ByteString.copyFrom(new byte[16]))
                .setSampleTime(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()).setNanos(1))
                .setPeriod(Duration.newBuilder().setSeconds(10).setNanos(1))
                .setUsage(
                    ResourceVector.newBuilder()
                        .setCpuMillicores(1500)
                        .setMemoryBytes(1 << 20)
                        .setNetworkBytesPerSecond(7))
                .setCpuPressure(0.25)
                .setIoPressure(0.5)
                .setNetworkDropsPerSecond(2)
                .build()
                .toByteArray()));
  }

  /** One serialised message. */
  @Override
  public void read(byte[] data) {
    Bytes serialised = Bytes.of(data);
    Metrics.Judged first = judge(serialised, Optional.empty());
    if (!first.findings().isEmpty()) {
      return;
    }
    RuntimeMetrics metrics = first.metrics().orElseThrow();
    ResourceWire.read(metrics.getUsage());
    if (!(metrics.getCpuPressure() <= 1)
        || !(metrics.getMemoryPressure() <= 1)
        || !(metrics.getIoPressure() <= 1)) {
      throw new IllegalStateException("pressure above one was accepted");
    }
    Metrics.Last last =
        new Metrics.Last(Bytes.of(metrics.getBootId().toByteArray()), metrics.getSequence());
    if (judge(serialised, Optional.of(last)).findings().isEmpty()) {
      throw new IllegalStateException("metrics were accepted twice");
    }
  }

  private static Metrics.Judged judge(Bytes serialised, Optional<Metrics.Last> last) {
    return Metrics.judge(serialised, last, AGE_MAX, SKEW_MAX, NOW);
  }
}
