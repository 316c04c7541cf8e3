package dev.holdfast.store.series;

import dev.holdfast.pam.model.UsageSample;

/**
 * One sample, and the profile that it counts for.
 *
 * @param profile the most specific one
 * @param sample what was used
 */
public record ProfiledSample(SeriesProfile profile, UsageSample sample) {}
