package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;

/** What the 64 bytes that a quote signs for its maker must be. */
public sealed interface ReportDataRule {
  /** Bytes of REPORTDATA. */
  int LENGTH = 64;

  /** Nothing is asked: the caller judges the proven bytes. */
  record Free() implements ReportDataRule {}

  /**
   * These bytes.
   *
   * @param value 64 bytes
   */
  record Exactly(Bytes value) implements ReportDataRule {}

  /**
   * They begin with the SHA-256 of other data.
   *
   * @param data what is bound; any length
   */
  record BeginsWithHashOf(Bytes data) implements ReportDataRule {}
}
