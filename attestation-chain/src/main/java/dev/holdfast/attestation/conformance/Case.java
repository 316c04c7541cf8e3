package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Fault;
import java.util.Optional;

/**
 * One thing that every verifier of the format must agree on.
 *
 * @param name {@code <group>/<slug>}, unique over all groups
 * @param question what is asked
 * @param accepted whether the evidence must be accepted
 * @param fault the class of the fault, of evidence that must be refused; any will do if empty
 */
public record Case(String name, Question question, boolean accepted, Optional<Fault> fault) {}
