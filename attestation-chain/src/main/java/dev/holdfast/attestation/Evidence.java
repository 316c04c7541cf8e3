package dev.holdfast.attestation;

import java.util.List;

/**
 * A statement by a node or by one of its devices, exactly as it was signed, and not yet believed.
 *
 * <p>One record for each format. They carry anything: lengths and content are judged by the
 * format's verifier, which answers with findings instead of exceptions.
 */
public sealed interface Evidence {
  /** The device, such as {@code gpu-0}; empty for the node itself. */
  String component();

  /**
   * A TPM 2.0 quote with what is needed to understand it.
   *
   * @param component the device; empty for the node itself
   * @param attest TPMS_ATTEST as signed, at most 2 KiB
   * @param signature TPMT_SIGNATURE, at most 2 KiB
   * @param pcrValues the value of every register quoted, at most 120
   * @param eventLog the TCG event log, at most 4 MiB; empty for none
   * @param akPublic TPMT_PUBLIC of the signing key, at most 2 KiB; empty for the one enrolled
   */
  record Tpm2Quote(
      String component,
      Bytes attest,
      Bytes signature,
      List<ReportedPcr> pcrValues,
      Bytes eventLog,
      Bytes akPublic)
      implements Evidence {
    /** Copies the list. */
    public Tpm2Quote {
      pcrValues = List.copyOf(pcrValues);
    }
  }

  /**
   * The value of one register as a node reports it, in range or not.
   *
   * @param algorithm the bank, by its TPM_ALG_ID ({@link PcrBank#algorithm()}); 0 for an unknown
   *     one
   * @param index the register
   * @param digest the value
   */
  record ReportedPcr(int algorithm, int index, Bytes digest) {}
}
