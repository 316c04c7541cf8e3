/** Parsec key attestation by a TPM: a key certified beside a quote of the platform. */
@NullMarked
package dev.holdfast.attestation.parsec;

import org.jspecify.annotations.NullMarked;
