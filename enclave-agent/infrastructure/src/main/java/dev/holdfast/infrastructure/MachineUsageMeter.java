package dev.holdfast.infrastructure;

import com.google.protobuf.Timestamp;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMeter;
import dev.holdfast.node.cgroup.CgroupUsage;
import dev.holdfast.node.session.UsageMeter;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.UsageSample;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A meter of reservations by the machines that serve them: a check on what enclaves say. */
final class MachineUsageMeter implements UsageMeter {
  private static final Logger LOG = LoggerFactory.getLogger(MachineUsageMeter.class);
  private static final Duration PERIOD_MIN = Duration.ofMillis(100);
  private static final Duration PERIOD_MAX = Duration.ofHours(1);

  private final HypervisorController controller;
  private final Map<String, CgroupMeter> meters = new HashMap<>();

  MachineUsageMeter(HypervisorController controller) {
    this.controller = controller;
  }

  @Override
  public synchronized List<UsageSample> sample(Duration period) {
    Map<String, Cgroup> machines = controller.machines();
    meters.keySet().retainAll(machines.keySet());
    List<UsageSample> samples = new ArrayList<>();
    machines.forEach(
        (reservation, machine) -> {
          try {
            CgroupMeter meter = meters.get(reservation);
            if (meter == null) {
              meters.put(reservation, new CgroupMeter(machine));
            } else {
              meter
                  .sample()
                  .filter(usage -> usage.period().compareTo(PERIOD_MIN) >= 0)
                  .filter(usage -> usage.period().compareTo(PERIOD_MAX) <= 0)
                  .ifPresent(usage -> samples.add(sampleOf(reservation, usage)));
            }
          } catch (IOException e) {
            LOG.debug("{} is not metered: {}", reservation, e.getMessage());
          }
        });
    return samples;
  }

  private static UsageSample sampleOf(String reservation, CgroupUsage usage) {
    Instant end = Instant.now();
    return UsageSample.newBuilder()
        .setSubject(reservation)
        .setEndTime(Timestamp.newBuilder().setSeconds(end.getEpochSecond()).setNanos(end.getNano()))
        .setPeriod(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(usage.period().toSeconds())
                .setNanos(usage.period().toNanosPart()))
        .setUsage(
            ResourceVector.newBuilder()
                .setCpuMillicores(usage.cpuMillicores())
                .setMemoryBytes(usage.memoryPeakBytes())
                .setDiskReadBytesPerSecond(usage.diskReadBytesPerSecond())
                .setDiskWriteBytesPerSecond(usage.diskWriteBytesPerSecond()))
        .build();
  }
}
