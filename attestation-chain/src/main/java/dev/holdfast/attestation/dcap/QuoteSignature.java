package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * The signed end of a quote: ECDSA over P-256 by a key that the quoting enclave made, that
 * enclave's own report with the key's hash, and the signature of the PCK over it (Intel SGX DCAP
 * ECDSA quote API, A.4, ECDSA 256-bit quote signature data structure).
 *
 * @param signature over header and body, r and s, 64 bytes
 * @param attestationKey x and y, 64 bytes
 * @param qeReport what the quoting enclave is
 * @param qeReportSignature over it, r and s, 64 bytes
 * @param qeAuthData what the enclave hashes with its key
 * @param certification where the PCK certificate is found
 */
public record QuoteSignature(
    Bytes signature,
    Bytes attestationKey,
    EnclaveReport qeReport,
    Bytes qeReportSignature,
    Bytes qeAuthData,
    CertificationData certification) {
  private static final int PAIR = 64;

  /** Version 3: all in a row. */
  static QuoteSignature readFlat(ByteCursor in) {
    Bytes signature = in.take(PAIR, "quote signature");
    Bytes key = in.take(PAIR, "attestation key");
    return readReport(in, signature, key);
  }

  /** Versions 4 and 5: the enclave's report is certification data of type 6. */
  static QuoteSignature readNested(ByteCursor in) {
    Bytes signature = in.take(PAIR, "quote signature");
    Bytes key = in.take(PAIR, "attestation key");
    CertificationData outer = CertificationData.read(in);
    if (outer.type() != CertificationData.QE_REPORT) {
      throw new MalformedException(
          "the certification data of this version is of type 6, not " + outer.type());
    }
    ByteCursor inner = ByteCursor.littleEndian(outer.data());
    QuoteSignature read = readReport(inner, signature, key);
    inner.end("QE report certification data");
    return read;
  }

  private static QuoteSignature readReport(ByteCursor in, Bytes signature, Bytes key) {
    EnclaveReport report = EnclaveReport.read(in);
    Bytes reportSignature = in.take(PAIR, "QE report signature");
    Bytes authData = in.sized16(0xffff, "QE authentication data");
    return new QuoteSignature(
        signature, key, report, reportSignature, authData, CertificationData.read(in));
  }
}
