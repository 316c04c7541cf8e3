/** COSE messages with one signer, and the keys that verify them (RFC 9052, RFC 9053). */
@NullMarked
package dev.holdfast.attestation.cose;

import org.jspecify.annotations.NullMarked;
