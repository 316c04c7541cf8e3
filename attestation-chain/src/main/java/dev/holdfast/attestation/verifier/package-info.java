/** Verification of a node's whole answer, whatever the formats of its statements. */
@NullMarked
package dev.holdfast.attestation.verifier;

import org.jspecify.annotations.NullMarked;
