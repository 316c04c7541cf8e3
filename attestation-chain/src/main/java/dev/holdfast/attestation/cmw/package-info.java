/** Conceptual message wrappers: what carries evidence of any format, and of several at once. */
@NullMarked
package dev.holdfast.attestation.cmw;

import org.jspecify.annotations.NullMarked;
