package dev.holdfast.node.tpm;

import dev.holdfast.attestation.Bytes;

/**
 * A TPM's endorsement key.
 *
 * @param kind which one
 * @param publicArea TPMT_PUBLIC (TPM 2.0 Part 2, 12.2.4)
 * @param certificate its X.509 certificate, DER, without what NV memory holds behind it
 */
public record EndorsementKey(EkKind kind, Bytes publicArea, Bytes certificate) {}
