package dev.holdfast.store.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Rows by their paths, as one immutable value: a tree for each kind, so that what is one of few is
 * not looked for among many. The next map shares all that did not change.
 */
final class RowMap {
  /** Comes behind every character that a path may have. */
  static final String LAST = "\uffff";

  /** In the order of {@link Kinds#ALL}, and behind them those whose kind is not known. */
  private final List<TreePMap<String, RowState>> trees;

  private RowMap(List<TreePMap<String, RowState>> trees) {
    this.trees = trees;
  }

  static RowMap of(SortedMap<String, RowState> rows) {
    var trees = new ArrayList<TreePMap<String, RowState>>();
    for (Kind<?, ?> kind : Kinds.ALL) {
      trees.add(TreePMap.fromSortedMap(rows.subMap(kind.prefix(), kind.prefix() + LAST)));
    }
    TreePMap<String, RowState> unknown = TreePMap.empty();
    for (Map.Entry<String, RowState> row : rows.entrySet()) {
      if (tree(row.getKey()) == Kinds.ALL.size()) {
        unknown = unknown.plus(row.getKey(), row.getValue());
      }
    }
    trees.add(unknown);
    return new RowMap(List.copyOf(trees));
  }

  private static int tree(String path) {
    for (int i = 0; i < Kinds.ALL.size(); i++) {
      if (path.startsWith(Kinds.ALL.get(i).prefix())) {
        return i;
      }
    }
    return Kinds.ALL.size();
  }

  @Nullable RowState get(String path) {
    return trees.get(tree(path)).get(path);
  }

  /** With these rows in place of what was there; without those that are empty. */
  RowMap with(Map<String, Optional<RowState>> changes) {
    var next = new ArrayList<>(trees);
    changes.forEach(
        (path, row) -> {
          int at = tree(path);
          TreePMap<String, RowState> tree = next.get(at);
          next.set(at, row.isPresent() ? tree.plus(path, row.get()) : tree.minus(path));
        });
    return new RowMap(next);
  }

  /** The rows of one kind whose paths begin so, in the order of the paths. */
  NavigableMap<String, RowState> under(String prefix) {
    return trees.get(tree(prefix)).subMap(prefix, true, prefix + LAST, false);
  }

  /** All rows. */
  Stream<RowState> all() {
    return trees.stream().flatMap(tree -> tree.values().stream());
  }
}
