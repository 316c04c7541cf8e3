/** Certificate paths to a pinned anchor at a given time. */
@NullMarked
package dev.holdfast.attestation.x509;

import org.jspecify.annotations.NullMarked;
