package dev.holdfast.pam.signal;

/**
 * What there is to say of a drift beyond what is said of every finding.
 *
 * @param drift how behaviour moved
 * @param outlook what that is expected to lead to
 */
public record DriftDetail(Drift drift, Outlook outlook) {}
