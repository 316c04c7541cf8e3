package dev.holdfast.attestation.conformance;

import java.time.Instant;

/**
 * All that a verifier is told of a case: nothing of its name, nor of what is expected.
 *
 * @param format the format, such as {@code tdx-quote}
 * @param operation what to do
 * @param at the only clock
 * @param inputs what to do it with
 */
public record Question(String format, Operation operation, Instant at, Inputs inputs) {}
