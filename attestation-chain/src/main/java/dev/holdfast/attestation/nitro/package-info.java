/** Attestation documents of AWS Nitro Enclaves: how they are read and what they prove. */
@NullMarked
package dev.holdfast.attestation.nitro;

import org.jspecify.annotations.NullMarked;
