/** Arm CCA attestation tokens: a platform's and a realm's, one bound to the other. */
@NullMarked
package dev.holdfast.attestation.cca;

import org.jspecify.annotations.NullMarked;
