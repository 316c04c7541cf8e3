/** PSA attestation tokens, profiles 1 and 2 (RFC 9783), and the claims that Arm CCA shares. */
@NullMarked
package dev.holdfast.attestation.psa;

import org.jspecify.annotations.NullMarked;
