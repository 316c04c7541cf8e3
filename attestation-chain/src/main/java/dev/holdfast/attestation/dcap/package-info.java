/**
 * What SGX and TDX quotes share: their frame, the quoting enclave's report, the PCK certificate.
 */
@NullMarked
package dev.holdfast.attestation.dcap;

import org.jspecify.annotations.NullMarked;
