/** Open Enclave evidence and endorsements, which wrap an SGX quote. */
@NullMarked
package dev.holdfast.attestation.openenclave;

import org.jspecify.annotations.NullMarked;
