package dev.holdfast.store.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The data model in memory, written to be obviously right: every revision keeps the whole map. */
final class StoreModel {
  final TreeMap<Long, TreeMap<Key, Row>> revisions = new TreeMap<>();
  final TreeMap<Long, List<Change>> changes = new TreeMap<>();

  StoreModel(long revision) {
    revisions.put(revision, new TreeMap<>());
  }

  long revision() {
    return revisions.lastKey();
  }

  SortedMap<Key, Row> present() {
    return revisions.lastEntry().getValue();
  }

  CommitResult commit(Transaction transaction) {
    TreeMap<Key, Row> rows = new TreeMap<>(present());
    if (!transaction.compares().stream().allMatch(compare -> holds(compare, rows))) {
      List<Row> current =
          transaction.shown().stream()
              .sorted()
              .map(rows::get)
              .flatMap(row -> Optional.ofNullable(row).stream())
              .toList();
      return new CommitResult.Conflict(current, revision());
    }
    long next = revision() + 1;
    var done = new ArrayList<Change>();
    for (Operation operation : transaction.operations()) {
      Row before = rows.get(operation.key());
      switch (operation) {
        case Operation.Put(Key key, Value value, _) -> {
          var row =
              new Row(
                  key,
                  value,
                  before == null ? next : before.createRevision(),
                  next,
                  before == null ? 1 : before.version() + 1);
          rows.put(key, row);
          done.add(new Change.Put(row));
        }
        case Operation.Delete(Key key) -> {
          if (rows.remove(key) != null) {
            done.add(new Change.Deleted(key, next));
          }
        }
      }
    }
    if (done.isEmpty()) {
      return new CommitResult.Committed(revision());
    }
    revisions.put(next, rows);
    changes.put(next, done);
    return new CommitResult.Committed(next);
  }

  private static boolean holds(Compare compare, Map<Key, Row> rows) {
    Row row = rows.get(compare.key());
    return switch (compare) {
      case Compare.Absent _ -> row == null;
      case Compare.ModifiedAt(_, long revision) -> row != null && row.modRevision() == revision;
      case Compare.CreatedAt(_, long revision) -> row != null && row.createRevision() == revision;
      case Compare.ValueIs(_, Value value) -> row != null && row.value().equals(value);
      case Compare.VersionIs(_, long version) -> row != null && row.version() == version;
    };
  }
}
