package dev.holdfast.pam.plan;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.ProfileKey;

/**
 * A reservation to be made ahead of a run that is expected.
 *
 * @param profile whose next run it is for
 * @param workload what will run
 * @param trustZone where its latest run ran
 * @param amount how much to hold
 * @param interval when
 * @param forecast what the amount comes from
 */
public record Proposal(
    ProfileKey profile,
    Workload workload,
    TrustZoneName trustZone,
    ResourceVector amount,
    Interval interval,
    Forecast forecast) {}
