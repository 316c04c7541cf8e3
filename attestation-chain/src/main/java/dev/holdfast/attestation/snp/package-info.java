/** Attestation reports of AMD SEV-SNP guests, and the certificates of the keys that sign them. */
@NullMarked
package dev.holdfast.attestation.snp;

import org.jspecify.annotations.NullMarked;
