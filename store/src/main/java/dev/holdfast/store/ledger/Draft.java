package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One attempt at one change: the rows that the decision was made from, and the rows that it
 * changes.
 *
 * <p>Every row that is read is compared when the change is committed, so the decision holds for
 * what is in the ledger at that moment, or nothing happens.
 */
final class Draft {
  private final KeyValueStore store;
  private final ByteString attempt;
  private final boolean uncertain;
  private final Map<Key, Optional<Row>> known;
  private final Map<Key, Optional<Row>> read = new LinkedHashMap<>();
  private final Map<Key, Operation> changes = new LinkedHashMap<>();

  /**
   * @param attempt drawn at random for the change, the same for each attempt at it
   * @param uncertain whether an earlier attempt may have been done without our knowing
   * @param known rows learnt from the conflict that ended the attempt before
   */
  Draft(KeyValueStore store, ByteString attempt, boolean uncertain, Map<Key, Optional<Row>> known) {
    this.store = store;
    this.attempt = attempt;
    this.uncertain = uncertain;
    this.known = known;
  }

  ByteString attempt() {
    return attempt;
  }

  boolean uncertain() {
    return uncertain;
  }

  /** Reads a row that the change rests on. */
  <M extends Message> Optional<M> read(Key key, Parser<M> parser) {
    Optional<Row> row = read.get(key);
    if (row == null) {
      Optional<Row> learnt = known.get(key);
      row = learnt != null ? learnt : store.get(key).row(key);
      read.put(key, row);
    }
    return row.map(found -> parse(found, parser));
  }

  /** Parses a row, or refuses what needs it and names it. */
  static <M extends Message> M parse(Row row, Parser<M> parser) {
    try {
      return parser.parseFrom(row.value().bytes());
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(row.key(), e);
    }
  }

  static Refusal unreadable(Key key, Exception why) {
    var refusal =
        new Refusal(
            new Problem.IllegalState(
                key.toString(),
                "UNREADABLE",
                "The row was written by another release, or damaged. Restore it or delete it."));
    refusal.addSuppressed(why);
    return refusal;
  }

  void put(Key key, Message row) {
    changes.put(key, Operation.put(key, new Value(row.toByteString())));
  }

  void delete(Key key) {
    changes.put(key, new Operation.Delete(key));
  }

  boolean empty() {
    return changes.isEmpty();
  }

  /** How many rows the change rests on. */
  int rowsRead() {
    return read.size();
  }

  /** The change as one transaction: what was read must be as it was, and the lead must be ours. */
  Transaction transaction(Compare lead) {
    return new Transaction(compares(lead), List.copyOf(changes.values()));
  }

  /** Whether what was read is as it was and the lead is ours, as a transaction without changes. */
  Transaction check(Compare lead) {
    return new Transaction(compares(lead), List.of());
  }

  private List<Compare> compares(Compare lead) {
    var compares = new ArrayList<Compare>(read.size() + 1);
    compares.add(lead);
    read.forEach(
        (key, row) ->
            compares.add(
                row.<Compare>map(found -> new Compare.ModifiedAt(key, found.modRevision()))
                    .orElseGet(() -> new Compare.Absent(key))));
    return compares;
  }

  /** What was read is known to be so as of a conflict's answer. */
  Map<Key, Optional<Row>> learn(List<Row> rows) {
    var fresh = new LinkedHashMap<Key, Optional<Row>>();
    read.keySet().forEach(key -> fresh.put(key, Optional.empty()));
    rows.forEach(row -> fresh.put(row.key(), Optional.of(row)));
    return fresh;
  }
}
