package dev.holdfast.pam.forecast.evaluation;

/**
 * One forecast beside what came.
 *
 * @param series the resource and the workload, with a slash between
 * @param time the start of the last step that was known, in seconds of the epoch
 * @param ahead steps after it
 * @param p50 the median of what was foreseen
 * @param p90 exceeded one time in ten
 * @param p95 exceeded one time in twenty
 * @param p99 exceeded one time in a hundred
 * @param actual what was used
 * @param last what was used in the last step that was known
 * @param reserved what would have been reserved
 */
public record ForecastRow(
    String series,
    long time,
    int ahead,
    double p50,
    double p90,
    double p95,
    double p99,
    double actual,
    double last,
    double reserved) {}
