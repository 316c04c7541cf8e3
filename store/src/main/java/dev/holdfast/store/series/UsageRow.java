package dev.holdfast.store.series;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What one subject used in one bucket, or in one sample.
 *
 * @param profile the full name of the profile that it counts for
 * @param subject what was metered
 * @param sequence the highest of its samples
 * @param endedAt the end of the bucket, or of the sample
 * @param covered how long its samples lasted together; more than the bucket where the first of them
 *     began before it, less where some are missing
 * @param samples how many there are, at least 1
 * @param usage rates are means weighted by the samples' periods; memory, storage and GPU memory the
 *     peak
 * @param counters summed; empty where no sample has any
 * @param apiCalls summed by method
 * @param inputs the production inputs in force; samples of other inputs have a row of their own
 */
public record UsageRow(
    String profile,
    String subject,
    long sequence,
    Instant endedAt,
    Duration covered,
    long samples,
    ResourceVector usage,
    Optional<HardwareCounters> counters,
    Map<String, ApiCalls> apiCalls,
    SortedMap<String, InputValue> inputs) {
  /**
   * The row as one sample; of a bucket, what its samples come to. It is of an hour at most, and
   * names no calls where they are of more methods than those of a sample may be.
   */
  public UsageSample sample() {
    return new UsageSample(
        subject,
        sequence,
        endedAt,
        covered.compareTo(UsageSample.PERIOD_MAX) > 0 ? UsageSample.PERIOD_MAX : covered,
        usage,
        counters,
        apiCalls.size() > UsageSample.METHODS_MAX ? Map.of() : apiCalls,
        inputs);
  }
}
