package dev.holdfast.server.learn.model;

import java.time.Duration;

/**
 * A share of one core, kept to by resting: who works calls {@link #rest} between pieces of work,
 * and waits as long as what it did took, times what is left of the core. For one thread at a time.
 */
public final class CpuShare {
  private static final Duration REST_MAX = Duration.ofHours(1);

  private final double share;
  private final Waiting waiting;
  private final Ticks ticks;
  private long workedSince;

  /** How time passes. */
  public interface Ticks {
    /** Nanoseconds since some moment. */
    long now();
  }

  /** How to wait. */
  public interface Waiting {
    /** Waits so long. */
    void wait(Duration span) throws InterruptedException;
  }

  /**
   * A share from now on.
   *
   * @param share above 0 to 1
   */
  public CpuShare(double share, Ticks ticks, Waiting waiting) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of a core is above 0 to 1, not " + share);
    }
    this.share = share;
    this.ticks = ticks;
    this.waiting = waiting;
    this.workedSince = ticks.now();
  }

  /** A share of a real core. */
  public static CpuShare of(double share) {
    return new CpuShare(share, System::nanoTime, span -> Thread.sleep(span));
  }

  /** Rests, as far as the work since the last rest calls for it; at most an hour. */
  public void rest() throws InterruptedException {
    double worked = ticks.now() - workedSince;
    Duration rest = Duration.ofNanos((long) (worked * (1 / share - 1)));
    if (rest.isPositive()) {
      waiting.wait(rest.compareTo(REST_MAX) < 0 ? rest : REST_MAX);
    }
    workedSince = ticks.now();
  }
}
