package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;

/** What a quote is about: an enclave or a trust domain. */
public sealed interface ReportBody permits EnclaveReport, TdReport {
  /** The bytes. */
  Bytes raw();

  /** What it signs for its maker, 64 bytes. */
  Bytes reportData();
}
