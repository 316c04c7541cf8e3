package dev.holdfast.enclave;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A meter of grants by the control groups of the processes that asked for them. Grants whose
 * processes share a group share its usage in equal parts, so that nothing is counted twice. A
 * process in the top group is metered as the whole machine, which in an enclave it mostly is.
 */
final class GrantUsageMeter implements UsageMeter {
  private static final Logger LOG = LoggerFactory.getLogger(GrantUsageMeter.class);
  private static final Duration PERIOD_MIN = Duration.ofMillis(100);
  private static final Duration PERIOD_MAX = Duration.ofHours(1);
  private static final long AMOUNT_MAX = 1L << 50;

  private final GrantBroker broker;
  private final Map<Cgroup, CgroupMeter> meters = new HashMap<>();
  private long lastSampleAt = System.nanoTime();

  GrantUsageMeter(GrantBroker broker) {
    this.broker = broker;
  }

  @Override
  public synchronized List<UsageSample> sample(Duration period) {
    Map<Cgroup, List<String>> groups = new LinkedHashMap<>();
    for (GrantBroker.Metered metered : broker.metered()) {
      try {
        groups
            .computeIfAbsent(Cgroup.ofProcess(metered.pid()), _ -> new ArrayList<>())
            .add(metered.grant());
      } catch (IOException e) {
        // The process has just ended, or its group cannot be read.
        LOG.debug("grant {} is not metered: {}", metered.grant(), e.getMessage());
      }
    }
    meters.keySet().retainAll(groups.keySet());
    if (System.nanoTime() - lastSampleAt < PERIOD_MIN.toNanos() && !meters.isEmpty()) {
      return List.of();
    }
    lastSampleAt = System.nanoTime();
    List<UsageSample> samples = new ArrayList<>();
    groups.forEach((group, grants) -> add(group, grants, samples));
    return samples;
  }

  private void add(Cgroup group, List<String> grants, List<UsageSample> samples) {
    try {
      CgroupMeter meter = meters.get(group);
      if (meter == null) {
        meters.put(group, new CgroupMeter(group));
        return;
      }
      Optional<CgroupUsage> usage = meter.sample();
      if (usage.isEmpty()
          || usage.get().period().compareTo(PERIOD_MIN) < 0
          || usage.get().period().compareTo(PERIOD_MAX) > 0) {
        return;
      }
      Instant end = Instant.now();
      for (String grant : grants) {
        samples.add(sampleOf(grant, usage.get(), grants.size(), end));
      }
    } catch (IOException e) {
      LOG.debug("grants {} are not metered: {}", grants, e.getMessage());
    }
  }

  private static UsageSample sampleOf(String grant, CgroupUsage usage, int shares, Instant end) {
    return UsageSample.newBuilder()
        .setSubject(grant)
        .setEndTime(Timestamp.newBuilder().setSeconds(end.getEpochSecond()).setNanos(end.getNano()))
        .setPeriod(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(usage.period().toSeconds())
                .setNanos(usage.period().toNanosPart()))
        .setUsage(
            ResourceVector.newBuilder()
                .setCpuMillicores(share(usage.cpuMillicores(), shares))
                .setMemoryBytes(share(usage.memoryPeakBytes(), shares))
                .setDiskReadBytesPerSecond(share(usage.diskReadBytesPerSecond(), shares))
                .setDiskWriteBytesPerSecond(share(usage.diskWriteBytesPerSecond(), shares)))
        .build();
  }

  private static long share(long amount, int shares) {
    return Math.min(amount / shares, AMOUNT_MAX);
  }
}
