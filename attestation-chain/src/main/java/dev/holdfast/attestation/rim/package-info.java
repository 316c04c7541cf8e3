/** Reference integrity manifests of the TCG: signed SWID tags with the digests of good firmware. */
@NullMarked
package dev.holdfast.attestation.rim;

import org.jspecify.annotations.NullMarked;
