/** From evidence to a chain of verdicts: pure functions over immutable values (RFC 9334). */
@NullMarked
package dev.holdfast.attestation;

import org.jspecify.annotations.NullMarked;
