package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.List;

/**
 * Which quoting enclave is Intel's, and what is said of its security versions (PCS API 3 and 4,
 * enclave identity version 2). It proves nothing by itself: only {@link CollateralVerifier} makes
 * {@link VerifiedCollateral}.
 *
 * @param id which enclave
 * @param issueDate from when on it holds
 * @param nextUpdate until when it holds
 * @param evaluationDataNumber rises with every new state of what Intel knows
 * @param miscSelect what MISCSELECT must be where the mask is set, 4 bytes in the order of the
 *     report
 * @param miscSelectMask which of its bits are looked at
 * @param attributes what ATTRIBUTES must be where the mask is set, 16 bytes
 * @param attributesMask which of its bits are looked at
 * @param mrSigner the signer, 32 bytes
 * @param isvProdId the product, 0 to 65535
 * @param levels from good to bad; the first that an enclave reaches is its own
 */
public record QeIdentity(
    Id id,
    Instant issueDate,
    Instant nextUpdate,
    long evaluationDataNumber,
    Bytes miscSelect,
    Bytes miscSelectMask,
    Bytes attributes,
    Bytes attributesMask,
    Bytes mrSigner,
    int isvProdId,
    List<IsvLevel> levels) {
  /** Copies the list. */
  public QeIdentity {
    levels = List.copyOf(levels);
  }

  /** An enclave of Intel's. */
  public enum Id {
    /** The quoting enclave of SGX. */
    QE,
    /** The quote verification enclave. */
    QVE,
    /** The quoting enclave of TDX. */
    TD_QE
  }
}
