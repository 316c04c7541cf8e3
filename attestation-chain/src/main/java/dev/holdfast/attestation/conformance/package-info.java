/** Cases that say what a verifier must accept and refuse, and the run of all of them. */
@NullMarked
package dev.holdfast.attestation.conformance;

import org.jspecify.annotations.NullMarked;
