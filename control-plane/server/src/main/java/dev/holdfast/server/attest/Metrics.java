package dev.holdfast.server.attest;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Judges runtime metrics that a quote bound: in range, newer than the last, and of this time. */
public final class Metrics {
  private static final Duration PERIOD_LEAST = Duration.ofMillis(100);
  private static final Duration PERIOD_MOST = Duration.ofHours(1);

  private Metrics() {}

  /**
   * The last metrics accepted from a node.
   *
   * @param bootId the boot that they were taken in, 16 bytes
   * @param sequence how many were taken in it by then
   */
  public record Last(Bytes bootId, long sequence) {}

  /**
   * What judging came to.
   *
   * @param metrics what was read; empty if it was no such message
   * @param findings what speaks against them; empty if all is in range
   */
  public record Judged(Optional<RuntimeMetrics> metrics, List<Finding> findings) {}

  /**
   * Judges metrics. Whatever the bytes are, what is wrong with them is a finding.
   *
   * @param serialised a RuntimeMetrics message, as the quote bound it
   * @param last what they must follow on
   * @param ageMax how old they may be
   * @param skewMax how far the node's clock may run ahead
   */
  public static Judged judge(
      Bytes serialised, Optional<Last> last, Duration ageMax, Duration skewMax, Instant now) {
    RuntimeMetrics metrics;
    try {
      metrics = RuntimeMetrics.parseFrom(serialised.toByteArray());
    } catch (InvalidProtocolBufferException malformed) {
      return new Judged(
          Optional.empty(),
          List.of(
              Finding.against(Reason.EVIDENCE_MALFORMED, "the runtime metrics cannot be read")
                  .at("metric")
                  .remedy("Send a serialised RuntimeMetrics message.")));
    }
    List<Finding> findings = new ArrayList<>();
    ranges(metrics, findings);
    if (last.isPresent()
        && last.get().bootId().equals(Write.bytes(metrics.getBootId()))
        && metrics.getSequence() <= last.get().sequence()) {
      findings.add(
          Finding.against(
                  Reason.METRICS_REPLAY,
                  "metrics of sequence "
                      + metrics.getSequence()
                      + " came after those of "
                      + last.get().sequence()
                      + " in the same boot")
              .at("metric/sequence")
              .expecting("more than " + last.get().sequence())
              .finding(Long.toString(metrics.getSequence()))
              .remedy("Take new metrics for every quote, and count them up."));
    }
    time(metrics, ageMax, skewMax, now, findings);
    return new Judged(Optional.of(metrics), findings);
  }

  private static void time(
      RuntimeMetrics metrics,
      Duration ageMax,
      Duration skewMax,
      Instant now,
      List<Finding> findings) {
    if (!metrics.hasSampleTime()) {
      findings.add(range("sample_time", "a time", "none"));
      return;
    }
    try {
      Instant taken = Read.time("sample_time", metrics.getSampleTime());
      if (taken.isBefore(now.minus(ageMax))) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_STALE,
                    "the node took its metrics at " + taken + ", more than " + ageMax + " ago")
                .at("metric/sample_time")
                .expecting("not before " + now.minus(ageMax))
                .finding(taken.toString())
                .remedy("Take metrics when the challenge arrives, and set the node's clock."));
      }
      if (taken.isAfter(now.plus(skewMax))) {
        findings.add(
            Finding.against(
                    Reason.CLOCK_SKEW,
                    "the node took its metrics at " + taken + ", which is still to come")
                .at("metric/sample_time")
                .expecting("not after " + now.plus(skewMax))
                .finding(taken.toString())
                .remedy("Set the node's clock."));
      }
    } catch (Refusal outOfRange) {
      findings.add(range("sample_time", "a time from 1970 to 9999", "another"));
    }
  }

  private static void ranges(RuntimeMetrics metrics, List<Finding> findings) {
    if (metrics.getSequence() < 1) {
      findings.add(range("sequence", "1 or more", Long.toString(metrics.getSequence())));
    }
    if (metrics.getBootId().size() != 16) {
      findings.add(range("boot_id", "16 bytes", metrics.getBootId().size() + " bytes"));
    }
    try {
      Read.span("period", true, metrics.getPeriod(), PERIOD_LEAST, PERIOD_LEAST, PERIOD_MOST);
    } catch (Refusal outOfRange) {
      findings.add(range("period", "100 ms to 1 hour", "another"));
    }
    pressure("cpu_pressure", metrics.getCpuPressure(), findings);
    pressure("memory_pressure", metrics.getMemoryPressure(), findings);
    pressure("io_pressure", metrics.getIoPressure(), findings);
    if (metrics.getNetworkDropsPerSecond() < 0) {
      findings.add(
          range(
              "network_drops_per_second",
              "0 or more",
              Long.toString(metrics.getNetworkDropsPerSecond())));
    }
    try {
      ResourceWire.read(metrics.getUsage());
    } catch (Refusal outOfRange) {
      findings.add(range("usage", "0 to 2^50 of each resource", "another"));
    }
  }

  private static void pressure(String name, double value, List<Finding> findings) {
    if (!(value >= 0 && value <= 1)) {
      findings.add(range(name, "0 to 1", Double.toString(value)));
    }
  }

  private static Finding range(String metric, String expected, String found) {
    return Finding.against(
            Reason.METRICS_RANGE, "metric " + metric + " is out of its range: " + expected)
        .at("metric/" + metric)
        .expecting(expected)
        .finding(found)
        .remedy("Send metrics as the operating system counts them.");
  }
}
