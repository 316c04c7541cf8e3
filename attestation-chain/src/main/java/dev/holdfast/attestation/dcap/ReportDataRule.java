package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import java.util.List;

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

  /**
   * All of several.
   *
   * @param rules each must be kept
   */
  record All(List<ReportDataRule> rules) implements ReportDataRule {
    /** Copies the list. */
    public All {
      rules = List.copyOf(rules);
    }
  }

  /** This rule and another. */
  default ReportDataRule and(ReportDataRule other) {
    return new All(List.of(this, other));
  }
}
