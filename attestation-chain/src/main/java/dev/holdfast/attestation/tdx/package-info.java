/** Verification of TDX quotes, with the event log of the guest. */
@NullMarked
package dev.holdfast.attestation.tdx;

import org.jspecify.annotations.NullMarked;
