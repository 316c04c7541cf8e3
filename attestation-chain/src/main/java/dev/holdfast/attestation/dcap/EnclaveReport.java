package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;

/**
 * The report of an SGX enclave, 384 bytes (Intel SDM volume 3D, REPORT; SGX DCAP ECDSA quote API,
 * A.4): the body of an SGX quote, and what the quoting enclave says of itself in any quote.
 *
 * @param raw the bytes
 * @param cpuSvn 16 bytes
 * @param miscSelect 4 bytes, the least significant first
 * @param attributes 16 bytes: flags and XFRM
 * @param mrEnclave 32 bytes
 * @param mrSigner 32 bytes
 * @param isvProdId 0 to 65535
 * @param isvSvn 0 to 65535
 * @param reportData 64 bytes
 */
public record EnclaveReport(
    Bytes raw,
    Bytes cpuSvn,
    Bytes miscSelect,
    Bytes attributes,
    Bytes mrEnclave,
    Bytes mrSigner,
    int isvProdId,
    int isvSvn,
    Bytes reportData)
    implements ReportBody {
  /** Its bytes. */
  public static final int LENGTH = 384;

  private static final int INIT = 1;
  private static final int DEBUG = 2;

  static EnclaveReport read(ByteCursor outer) {
    Bytes raw = outer.take(LENGTH, "enclave report");
    ByteCursor in = ByteCursor.littleEndian(raw);
    Bytes cpuSvn = in.take(16, "CPUSVN");
    Bytes miscSelect = in.take(4, "MISCSELECT");
    in.take(12 + 16, "reserved and ISVEXTPRODID");
    Bytes attributes = in.take(16, "ATTRIBUTES");
    Bytes mrEnclave = in.take(32, "MRENCLAVE");
    in.take(32, "reserved");
    Bytes mrSigner = in.take(32, "MRSIGNER");
    in.take(32 + 64, "reserved and CONFIGID");
    int isvProdId = in.u16("ISVPRODID");
    int isvSvn = in.u16("ISVSVN");
    in.take(2 + 42 + 16, "CONFIGSVN, reserved and ISVFAMILYID");
    return new EnclaveReport(
        raw,
        cpuSvn,
        miscSelect,
        attributes,
        mrEnclave,
        mrSigner,
        isvProdId,
        isvSvn,
        in.take(ReportDataRule.LENGTH, "REPORTDATA"));
  }

  /** Whether the enclave was initialised; one that was not makes no reports. */
  public boolean initialised() {
    return (attributes.at(0) & INIT) != 0;
  }

  /** Whether a debugger may read its memory. */
  public boolean debug() {
    return (attributes.at(0) & DEBUG) != 0;
  }
}
