/**
 * Evidence of devices that speak SPDM (DMTF DSP0274 1.1 and 1.2): codec, verifier, and both ends.
 */
@NullMarked
package dev.holdfast.attestation.spdm;

import org.jspecify.annotations.NullMarked;
