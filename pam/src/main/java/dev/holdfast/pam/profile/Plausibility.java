package dev.holdfast.pam.profile;

import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges whether a sample of usage can be true. An agent is attested, and yet what it says may be
 * wrong: what cannot be, and what only it says and nothing bears out, is kept from teaching.
 *
 * <p>Usage within what was granted is never doubted for its size: it could be used. So what lies
 * may do is bounded by what is held.
 */
public final class Plausibility {
  /** How far usage may be above what there is, as meters do not read all at once. */
  static final double CAPACITY_SLACK = 1.1;

  /** How much more an agent may say than the machine that it runs on. */
  static final double WITNESS_FACTOR = 3;

  /** How far beyond the highest quantile of its profile a jump is. */
  static final double JUMP_FACTOR = 8;

  /** How far beyond what it was let a jump is. */
  static final double JUMP_OVER_LIMIT = 1.25;

  /** From so many samples on, a profile has a band to be beyond of. */
  static final int JUMP_SAMPLES_MIN = 100;

  /** The slowest and the fastest that a core counts cycles while it works, per second. */
  private static final double CYCLES_MIN = 5e7;

  private static final double CYCLES_MAX = 1e10;

  /** More instructions than any core retires in a cycle. */
  private static final double INSTRUCTIONS_MAX = 16;

  /** CPU seconds under which counters say too little. */
  private static final double CPU_SECONDS_MIN = 0.05;

  private static final Duration OVERLAP_MIN = Duration.ofSeconds(1);
  private static final Duration SKEW_MAX = Duration.ofMinutes(5);

  /** What may be off in small amounts: half a core, and memory and transfers of that order. */
  private static final Map<Resource, Long> WITNESS_SLACK =
      Map.of(
          Resource.CPU_MILLICORES,
          500L,
          Resource.MEMORY_BYTES,
          256L << 20,
          Resource.DISK_READ_BYTES_PER_SECOND,
          16L << 20,
          Resource.DISK_WRITE_BYTES_PER_SECOND,
          16L << 20);

  private Plausibility() {}

  /**
   * What a sample is judged by.
   *
   * @param capacity what the nodes of its pathway have, in the resources that their roles allot;
   *     what they have nothing of, it does not bound
   * @param limits what was held at some time of its period
   * @param heldSince when its reservation was made
   * @param before the latest sample of the same subject that was believed
   * @param witnessed what the machine metered meanwhile; empty where it metered nothing
   * @param usual the quantiles of its profile; empty while it has fewer than 100 samples
   * @param others the most that other agents of the same image reported lately, believed or not
   */
  public record Circumstances(
      ResourceVector capacity,
      List<ResourceVector> limits,
      Instant heldSince,
      Optional<UsageSample> before,
      Optional<ResourceVector> witnessed,
      Optional<ResourceVector> usual,
      ResourceVector others) {
    /** Copies. */
    public Circumstances {
      limits = List.copyOf(limits);
    }
  }

  /** The band that a profile's samples are judged by; empty while it knows too little. */
  public static Optional<ResourceVector> usual(Profile profile) {
    return profile.sampleCount() < JUMP_SAMPLES_MIN
        ? Optional.empty()
        : Optional.of(profile.usage().p99());
  }

  /** Why a sample is not believed, by the first reason found; empty where it is. */
  public static Optional<Doubt> of(UsageSample sample, Circumstances known) {
    return times(sample, known)
        .or(() -> sample.counters().flatMap(counters -> counters(sample, counters)))
        .or(() -> amounts(sample, known));
  }

  private static Optional<Doubt> times(UsageSample sample, Circumstances known) {
    if (sample.startedAt().isBefore(known.heldSince().minus(SKEW_MAX))) {
      return doubt(
          Doubt.Kind.TIMES,
          "it began at " + sample.startedAt() + ", and was held from " + known.heldSince() + " on");
    }
    if (known.before().isEmpty()) {
      return Optional.empty();
    }
    UsageSample before = known.before().get();
    long step = sample.sequence() - before.sequence();
    boolean same = step == 0 && sample.endedAt().equals(before.endedAt());
    boolean late = step < 0 && !sample.endedAt().isAfter(before.endedAt());
    if (same || late) {
      return Optional.empty();
    }
    if (step <= 0 && sample.sequence() != 1) {
      return doubt(
          Doubt.Kind.TIMES,
          "sequence "
              + sample.sequence()
              + " ended at "
              + sample.endedAt()
              + ", and "
              + before.sequence()
              + " at "
              + before.endedAt());
    }
    Duration tenth = sample.period().dividedBy(10);
    Duration slack = tenth.compareTo(OVERLAP_MIN) > 0 ? tenth : OVERLAP_MIN;
    if (sample.startedAt().isBefore(before.endedAt().minus(slack))) {
      return doubt(
          Doubt.Kind.TIMES,
          "it began at "
              + sample.startedAt()
              + ", and the one before it ended at "
              + before.endedAt());
    }
    return Optional.empty();
  }

  private static Optional<Doubt> counters(UsageSample sample, HardwareCounters counters) {
    double cycles = counters.cycles();
    double cpuSeconds =
        sample.usage().get(Resource.CPU_MILLICORES) / 1000.0 * sample.period().toMillis() / 1000.0;
    if (cycles > 0) {
      double least = Math.max(0, cpuSeconds - CPU_SECONDS_MIN) * CYCLES_MIN;
      double most = (cpuSeconds + CPU_SECONDS_MIN) * CYCLES_MAX;
      if (cycles < least || cycles > most) {
        return doubt(
            Doubt.Kind.COUNTERS,
            "%.3g cycles in %.3f CPU seconds, and %.3g to %.3g are possible"
                .formatted(cycles, cpuSeconds, least, most));
      }
      if (counters.instructions() > cycles * INSTRUCTIONS_MAX) {
        return doubt(
            Doubt.Kind.COUNTERS,
            counters.instructions() + " instructions in " + cycles + " cycles");
      }
    }
    long misses = Math.max(counters.cacheMisses(), counters.branchMisses());
    return counters.instructions() > 0 && misses > counters.instructions()
        ? doubt(
            Doubt.Kind.COUNTERS, misses + " misses of " + counters.instructions() + " instructions")
        : Optional.empty();
  }

  private static Optional<Doubt> amounts(UsageSample sample, Circumstances known) {
    for (Resource resource : sample.usage().present()) {
      long used = sample.usage().get(resource);
      long capacity = known.capacity().get(resource);
      if (capacity > 0 && used > capacity * CAPACITY_SLACK) {
        return doubt(
            Doubt.Kind.CAPACITY,
            used + " " + resource + " were used, and its node has " + capacity);
      }
      Optional<Long> witnessed = known.witnessed().map(amounts -> amounts.get(resource));
      Long slack = WITNESS_SLACK.get(resource);
      if (witnessed.isPresent() && slack != null) {
        if (used > witnessed.get() * WITNESS_FACTOR + slack) {
          return doubt(
              Doubt.Kind.WITNESS,
              used + " " + resource + " were used, and its machine metered " + witnessed.get());
        }
      } else if (jumps(resource, used, known)) {
        return doubt(
            Doubt.Kind.JUMP,
            used
                + " "
                + resource
                + " were used, beyond all that was held, and its p99 is "
                + known.usual().map(usual -> usual.get(resource)).orElse(0L));
      }
    }
    return Optional.empty();
  }

  /** Whether an amount is beyond band and limits, and no other agent comes to half of it. */
  private static boolean jumps(Resource resource, long used, Circumstances known) {
    long limit = known.limits().stream().mapToLong(amount -> amount.get(resource)).max().orElse(0);
    return limit > 0
        && used > limit * JUMP_OVER_LIMIT
        && known.usual().isPresent()
        && used > known.usual().get().get(resource) * JUMP_FACTOR
        && known.others().get(resource) < used / 2;
  }

  private static Optional<Doubt> doubt(Doubt.Kind kind, String words) {
    return Optional.of(new Doubt(kind, words));
  }
}
