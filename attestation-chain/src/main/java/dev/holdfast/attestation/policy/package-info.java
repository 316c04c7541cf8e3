/** Judgement of what was verified: policy, reference values, appraisal. */
@NullMarked
package dev.holdfast.attestation.policy;

import org.jspecify.annotations.NullMarked;
