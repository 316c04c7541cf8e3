package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import dev.holdfast.store.proto.HeadRow;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.SetDigest;
import java.util.List;

/**
 * What a shard says of itself in every transaction, sealed like its rows: so that whoever adds,
 * replays or deletes rows behind our back would have to make a head that agrees.
 *
 * @param version raised with every transaction
 * @param term raised by every new leader, and never lowered
 * @param rows how many rows are stored
 * @param digest over all of them, with their versions
 * @param attempt drawn at random for the transaction: by it the leader knows its own
 * @param quarantine the rows that somebody else changed
 * @param restoration the id of the last restoration of the store that is known; empty before any
 * @param revision the store's revision when it was written; 0 before the first
 */
record Head(
    long version,
    long term,
    long rows,
    SetDigest digest,
    ByteString attempt,
    List<QuarantinedRow> quarantine,
    ByteString restoration,
    long revision) {
  /** The most rows that are kept from use; more, and nothing of the shard can be relied on. */
  static final int QUARANTINE_MAX = 64;

  /** More terms than there are between a back-up and what it is put back for. */
  static final long TERM_LEAP = 1L << 20;

  /** Of a shard where nothing was ever written. */
  static final Head NONE =
      new Head(0, 0, 0, SetDigest.EMPTY, ByteString.EMPTY, List.of(), ByteString.EMPTY, 0);

  Head {
    quarantine = List.copyOf(quarantine);
  }

  static Head of(HeadRow row, long revision) {
    return new Head(
        row.getVersion(),
        row.getTerm(),
        row.getRows(),
        new SetDigest(row.getDigest()),
        row.getAttempt(),
        row.getQuarantineList(),
        row.getRestoration(),
        revision);
  }

  HeadRow row() {
    return HeadRow.newBuilder()
        .setVersion(version)
        .setTerm(term)
        .setRows(rows)
        .setDigest(digest.bytes())
        .setAttempt(attempt)
        .addAllQuarantine(quarantine)
        .setRestoration(restoration)
        .build();
  }

  /** The same rows under the next version, which changes none of them. */
  Head next(long nextVersion, long nextTerm, ByteString nextAttempt) {
    return new Head(nextVersion, nextTerm, rows, digest, nextAttempt, quarantine, restoration, 0);
  }

  /** The next, after a restoration: its term is past any that may have been told since. */
  Head restored(ByteString id) {
    return restoration.equals(id)
        ? this
        : new Head(version, term + TERM_LEAP, rows, digest, attempt, quarantine, id, revision);
  }

  Head with(List<QuarantinedRow> kept) {
    return new Head(version, term, rows, digest, attempt, kept, restoration, revision);
  }

  boolean quarantines(String path) {
    return quarantine.stream().anyMatch(row -> row.getPath().equals(path));
  }

  Head at(long written) {
    return new Head(version, term, rows, digest, attempt, quarantine, restoration, written);
  }
}
