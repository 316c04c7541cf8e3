package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Verdict;
import java.time.Instant;

/**
 * One appraisal of a node.
 *
 * @param id 1 to 63 characters, unique for the node
 * @param verdict its verdict
 * @param appraisedAt when it was made
 * @param expiresAt when it stops counting
 * @param content the appraisal itself, kept as these bytes; up to {@link #CONTENT_BYTES_MAX}
 */
public record AppraisalRecord(
    String id, Verdict verdict, Instant appraisedAt, Instant expiresAt, Bytes content) {
  /** The most bytes of one: all that are kept of a node fit one row. */
  public static final int CONTENT_BYTES_MAX = 120 * 1024;

  /** How many are kept of one node. */
  public static final int KEPT = 8;

  public AppraisalRecord {
    if (id.isEmpty() || id.length() > 63 || content.length() > CONTENT_BYTES_MAX) {
      throw new IllegalArgumentException("an appraisal has an id of 1 to 63 and up to 120 KiB");
    }
  }
}
