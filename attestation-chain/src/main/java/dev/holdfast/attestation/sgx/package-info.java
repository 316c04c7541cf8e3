/** Verification of SGX quotes of the DCAP kind. */
@NullMarked
package dev.holdfast.attestation.sgx;

import org.jspecify.annotations.NullMarked;
