/**
 * What Intel's provisioning service says of platforms, as offline bundles that prove themselves.
 */
@NullMarked
package dev.holdfast.attestation.collateral;

import org.jspecify.annotations.NullMarked;
