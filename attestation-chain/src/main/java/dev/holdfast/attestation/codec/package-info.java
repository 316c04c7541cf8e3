/** Reading binary structures from outside with strict bounds. */
@NullMarked
package dev.holdfast.attestation.codec;

import org.jspecify.annotations.NullMarked;
