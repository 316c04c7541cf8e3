/** Where signatures are verified, and by whose code. */
@NullMarked
package dev.holdfast.attestation.crypto;

import org.jspecify.annotations.NullMarked;
