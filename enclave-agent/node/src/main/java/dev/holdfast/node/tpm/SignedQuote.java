package dev.holdfast.node.tpm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import java.util.SortedMap;

/**
 * A quote with the registers that it covers.
 *
 * @param attest TPMS_ATTEST, exactly as signed
 * @param signature TPMT_SIGNATURE, as the TPM returned it
 * @param registers every register quoted; they hash to the digest in attest
 */
public record SignedQuote(Bytes attest, Bytes signature, SortedMap<Pcr, Bytes> registers) {}
