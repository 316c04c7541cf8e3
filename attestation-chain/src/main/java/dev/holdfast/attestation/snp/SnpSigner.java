package dev.holdfast.attestation.snp;

/** The kind of key that signed a report (SEV-SNP ABI, table 23, SIGNING_KEY). */
public enum SnpSigner {
  /** The chip's own, versioned chip endorsement key. */
  VCEK,
  /** A versioned loaded endorsement key, which AMD gave to a cloud provider. */
  VLEK,
  /** None: the report is not signed. */
  NONE
}
