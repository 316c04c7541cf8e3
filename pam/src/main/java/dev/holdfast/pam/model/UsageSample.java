package dev.holdfast.pam.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a workload really used over one sampling period.
 *
 * @param subject what was metered: the full name of a grant (by an enclave's agent) or of a
 *     reservation (by infrastructure); empty in a trace; at most 256 characters
 * @param sequence counts up by one for each sample of one subject, from 1; a gap shows as a gap
 * @param endedAt the end of the period
 * @param period its length, 100 ms to 1 hour
 * @param usage mean rates over the period; memory, storage and GPU memory are the peak
 * @param counters hardware counters, where there are any
 * @param apiCalls how often each method of the application's API was called: at most {@link
 *     #METHODS_MAX}, each named by 1 to {@link #METHOD_CHARACTERS_MAX} characters
 * @param inputs the production inputs in force, at most 32
 */
public record UsageSample(
    String subject,
    long sequence,
    Instant endedAt,
    Duration period,
    ResourceVector usage,
    Optional<HardwareCounters> counters,
    Map<String, ApiCalls> apiCalls,
    Map<String, InputValue> inputs) {
  /** The shortest period. */
  public static final Duration PERIOD_MIN = Duration.ofMillis(100);

  /** The longest period. */
  public static final Duration PERIOD_MAX = Duration.ofHours(1);

  /** The most methods that calls are counted of. */
  public static final int METHODS_MAX = 64;

  /** The longest name of a method. */
  public static final int METHOD_CHARACTERS_MAX = 256;

  private static final int SUBJECT_MAX_CHARACTERS = 256;

  /** Refuses what is out of its limits. */
  public UsageSample {
    if (subject.length() > SUBJECT_MAX_CHARACTERS) {
      throw new Refusal(new Problem.IdFormat("subject", "at most 256 characters"));
    }
    if (sequence < 1) {
      throw new Refusal(new Problem.Amount("sequence", "at least 1", Long.toString(sequence)));
    }
    if (period.compareTo(PERIOD_MIN) < 0 || period.compareTo(PERIOD_MAX) > 0) {
      throw new Refusal(new Problem.Amount("period", "100 ms to 1 hour", period.toString()));
    }
    if (apiCalls.size() > METHODS_MAX) {
      throw new Refusal(
          new Problem.Amount("api_calls", "at most 64", Integer.toString(apiCalls.size())));
    }
    for (String method : apiCalls.keySet()) {
      if (method.isEmpty() || method.length() > METHOD_CHARACTERS_MAX) {
        throw new Refusal(new Problem.IdFormat("api_calls.method", "1 to 256 characters"));
      }
    }
    apiCalls = Map.copyOf(apiCalls);
    inputs = Inputs.checked(inputs);
  }

  /** One without calls of an API. */
  public UsageSample(
      String subject,
      long sequence,
      Instant endedAt,
      Duration period,
      ResourceVector usage,
      Optional<HardwareCounters> counters,
      Map<String, InputValue> inputs) {
    this(subject, sequence, endedAt, period, usage, counters, Map.of(), inputs);
  }

  /** The start of the period. */
  public Instant startedAt() {
    return endedAt.minus(period);
  }
}
