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
 * @param revision the store's revision when it was written; 0 before the first
 */
record Head(
    long version,
    long term,
    long rows,
    SetDigest digest,
    ByteString attempt,
    List<QuarantinedRow> quarantine,
    long revision) {
  /** The most rows that are kept from use; more, and nothing of the shard can be relied on. */
  static final int QUARANTINE_MAX = 64;

  /** Of a shard where nothing was ever written. */
  static final Head NONE = new Head(0, 0, 0, SetDigest.EMPTY, ByteString.EMPTY, List.of(), 0);

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
        .build();
  }

  /** The same rows under the next version, which changes none of them. */
  Head next(long nextVersion, long nextTerm, ByteString nextAttempt) {
    return new Head(nextVersion, nextTerm, rows, digest, nextAttempt, quarantine, 0);
  }

  Head with(List<QuarantinedRow> kept) {
    return new Head(version, term, rows, digest, attempt, kept, revision);
  }

  boolean quarantines(String path) {
    return quarantine.stream().anyMatch(row -> row.getPath().equals(path));
  }

  Head at(long written) {
    return new Head(version, term, rows, digest, attempt, quarantine, written);
  }
}
