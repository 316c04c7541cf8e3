package dev.holdfast.server.config;

import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;

/**
 * One revision of what evidence must show, and of what it is compared with.
 *
 * @param policy the rules
 * @param references the values
 * @param revocationRequired whether revocation data must be at hand and current for every
 *     certificate
 */
public record PolicyRevision(
    Policy policy, ReferenceValues references, boolean revocationRequired) {}
