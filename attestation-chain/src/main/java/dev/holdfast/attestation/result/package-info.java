/** Signed attestation results that anyone can verify offline (EAR). */
@NullMarked
package dev.holdfast.attestation.result;

import org.jspecify.annotations.NullMarked;
