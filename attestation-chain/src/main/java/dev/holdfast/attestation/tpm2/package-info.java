/** TPM 2.0 quotes, keys and credentials: codec and verifier side by side. */
@NullMarked
package dev.holdfast.attestation.tpm2;

import org.jspecify.annotations.NullMarked;
