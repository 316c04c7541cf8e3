package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;

/** A meter on one group: each sample covers the time since the one before. */
public final class CgroupMeter {
  private static final BigInteger NANOS_PER_SECOND = BigInteger.valueOf(1_000_000_000L);

  private final Cgroup group;
  private CgroupReading last;

  /** Starts metering now. */
  public CgroupMeter(Cgroup group) throws IOException {
    this.group = group;
    this.last = group.read();
  }

  /**
   * What was used since the last sample, or since the meter began. Empty if a counter went back,
   * which means that the group was made anew: the next sample starts from there.
   */
  public synchronized Optional<CgroupUsage> sample() throws IOException {
    CgroupReading now = group.read();
    Optional<CgroupUsage> usage = between(last, now);
    last = now;
    return usage;
  }

  /** What was used between two readings of one group; empty if they are not in order. */
  public static Optional<CgroupUsage> between(CgroupReading before, CgroupReading after) {
    Duration period = after.at().minus(before.at());
    Duration cpu = after.cpu().minus(before.cpu());
    Duration throttled = after.throttled().minus(before.throttled());
    long read = moved(before, after, true);
    long written = moved(before, after, false);
    if (period.isNegative()
        || period.isZero()
        || cpu.isNegative()
        || throttled.isNegative()
        || read < 0
        || written < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new CgroupUsage(
            period,
            perSecond(nanos(cpu), period) / 1_000_000,
            memoryPeak(before, after),
            perSecond(read, period),
            perSecond(written, period),
            throttled));
  }

  private static long moved(CgroupReading before, CgroupReading after, boolean read) {
    if (before.disk().isEmpty() || after.disk().isEmpty()) {
      return 0;
    }
    CgroupReading.Disk from = before.disk().get();
    CgroupReading.Disk to = after.disk().get();
    return read ? to.readBytes() - from.readBytes() : to.writtenBytes() - from.writtenBytes();
  }

  /**
   * The kernel keeps one peak for the life of the group. If it rose within the period, it is the
   * period's peak; if not, all that is known are the two ends.
   */
  private static long memoryPeak(CgroupReading before, CgroupReading after) {
    if (after.memory().isEmpty()) {
      return 0;
    }
    CgroupReading.Memory to = after.memory().get();
    CgroupReading.Memory from = before.memory().orElse(to);
    long ends = Math.max(from.bytes(), to.bytes());
    return to.peakBytes() > from.peakBytes() ? Math.max(ends, to.peakBytes()) : ends;
  }

  /** Capped at 292 years, beyond which a counter of microseconds may go. */
  private static long nanos(Duration span) {
    return span.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0 ? Long.MAX_VALUE : span.toNanos();
  }

  private static long perSecond(long amount, Duration period) {
    BigInteger rate =
        BigInteger.valueOf(amount)
            .multiply(NANOS_PER_SECOND)
            .divide(BigInteger.valueOf(nanos(period)));
    return rate.bitLength() > 62 ? Long.MAX_VALUE / 2 : rate.longValue();
  }
}
