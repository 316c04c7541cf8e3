package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pathway;

/**
 * A pathway as the ledger knows it.
 *
 * @param pathway its name and hops
 * @param detail what the hops mean to each node (machines, flows, volumes), kept as these bytes; up
 *     to {@link #DETAIL_BYTES_MAX}
 * @param edition raised by every change; its etag
 */
public record PathwayRecord(Pathway pathway, Bytes detail, long edition) {
  /** The most bytes of detail. */
  public static final int DETAIL_BYTES_MAX = 512 * 1024;

  public PathwayRecord {
    if (detail.length() > DETAIL_BYTES_MAX) {
      throw new IllegalArgumentException("a pathway's detail has up to 512 KiB");
    }
  }
}
