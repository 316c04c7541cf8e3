package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What answers challenges by the statement of whatever vouches for the node, and those of its
 * devices: each binds the nonce, the metrics of the node and the channel's key.
 */
public final class EvidenceProducer implements EvidenceSource {
  private static final long PERIOD_NANOS_MIN = 100_000_000L;
  private static final long PERIOD_NANOS_MAX = 3_600_000_000_000L;
  private static final int ANSWER_BYTES_MAX = 4 << 20;
  private static final long AMOUNT_MAX = 1L << 50;
  private static final Path PROC = Path.of("/proc");

  private final StatementSource own;
  private final DeviceStatements devices;
  private final BootRecord boot;
  private MachineReading last;
  private long lastNanoTime;

  /**
   * A producer.
   *
   * @param own what vouches for the node itself
   * @param devices what vouches beside it
   * @param holdsSomething whether the node holds allocations from before: then it is still in the
   *     same boot as long as the machine is
   */
  public EvidenceProducer(
      StatementSource own, DeviceStatements devices, StateFiles state, boolean holdsSomething)
      throws IOException {
    this.own = own;
    this.devices = devices;
    this.boot = BootRecord.open(state, holdsSomething);
    this.last = MachineReading.take(PROC);
    this.lastNanoTime = System.nanoTime();
  }

  @Override
  public List<EvidenceFormat> formats() {
    return devices.isEmpty()
        ? List.of(own.format())
        : List.of(own.format(), EvidenceFormat.EVIDENCE_FORMAT_SPDM_MEASUREMENTS);
  }

  @Override
  public ByteString bootId() {
    return boot.bootId();
  }

  @Override
  public synchronized ByteString answer(Challenge challenge, Bytes sessionPublicKey)
      throws IOException {
    if (!accepts(challenge, own.format())) {
      throw new IOException(
          "the trust zone accepts no "
              + own.format()
              + " of this node, which makes nothing else; choose another --evidence, or allow it in"
              + " the zone's policy");
    }
    Nonce nonce;
    try {
      nonce = new Nonce(Bytes.of(challenge.getNonce().toByteArray()));
    } catch (IllegalArgumentException e) {
      throw new IOException("the challenge is malformed: " + e.getMessage(), e);
    }
    ByteString metrics = metrics().toByteString();
    Binding binding = Binding.of(nonce, Bytes.of(metrics.toByteArray()), sessionPublicKey);
    var bundle =
        EvidenceBundle.newBuilder()
            .setNonce(challenge.getNonce())
            .addEvidence(own.statement(binding, challenge))
            .setRuntimeMetrics(metrics)
            .setSessionPublicKey(Wire.bytes(sessionPublicKey));
    if (accepts(challenge, EvidenceFormat.EVIDENCE_FORMAT_SPDM_MEASUREMENTS)) {
      bundle.addAllEvidence(devices.statements(binding));
    }
    ByteString answer = bundle.build().toByteString();
    if (answer.size() > ANSWER_BYTES_MAX) {
      throw new IOException(
          "the evidence has " + answer.size() + " bytes, more than the 4 MiB that PAM takes");
    }
    return answer;
  }

  private static boolean accepts(Challenge challenge, EvidenceFormat format) {
    return challenge.getFormatsList().isEmpty() || challenge.getFormatsList().contains(format);
  }

  private RuntimeMetrics metrics() throws IOException {
    MachineReading now = MachineReading.take(PROC);
    long nanoTime = System.nanoTime();
    long nanos = Math.clamp(nanoTime - lastNanoTime, PERIOD_NANOS_MIN, PERIOD_NANOS_MAX);
    MachineReading before = last;
    last = now;
    lastNanoTime = nanoTime;
    double seconds = nanos / 1e9;
    Instant at = Instant.now();
    return RuntimeMetrics.newBuilder()
        .setSequence(boot.next())
        .setBootId(boot.bootId())
        .setSampleTime(
            Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()))
        .setPeriod(
            Duration.newBuilder()
                .setSeconds(nanos / 1_000_000_000)
                .setNanos((int) (nanos % 1_000_000_000)))
        .setUsage(
            ResourceVector.newBuilder()
                .setCpuMillicores(rate(before.busyTicks(), now.busyTicks(), seconds) * 10)
                .setMemoryBytes(Math.max(before.memoryBytes(), now.memoryBytes()))
                .setDiskReadBytesPerSecond(
                    rate(before.diskReadBytes(), now.diskReadBytes(), seconds))
                .setDiskWriteBytesPerSecond(
                    rate(before.diskWriteBytes(), now.diskWriteBytes(), seconds))
                .setNetworkBytesPerSecond(rate(before.networkBytes(), now.networkBytes(), seconds)))
        .setCpuPressure(share(before.cpuStallMicros(), now.cpuStallMicros(), seconds))
        .setMemoryPressure(share(before.memoryStallMicros(), now.memoryStallMicros(), seconds))
        .setIoPressure(share(before.ioStallMicros(), now.ioStallMicros(), seconds))
        .setNetworkDropsPerSecond(rate(before.networkDrops(), now.networkDrops(), seconds))
        .build();
  }

  /** Counters of interfaces and disks that went away run backwards: that counts as none. */
  private static long rate(long before, long now, double seconds) {
    return Math.clamp((long) (Math.max(0, now - before) / seconds), 0, AMOUNT_MAX);
  }

  private static double share(long beforeMicros, long nowMicros, double seconds) {
    return Math.clamp((nowMicros - beforeMicros) / 1e6 / seconds, 0.0, 1.0);
  }
}
