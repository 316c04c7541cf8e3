/** Layered identities: certificate chains in which each layer measures the next (TCG DICE). */
@NullMarked
package dev.holdfast.attestation.dice;

import org.jspecify.annotations.NullMarked;
