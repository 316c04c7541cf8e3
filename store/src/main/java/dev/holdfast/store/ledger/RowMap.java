package dev.holdfast.store.ledger;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rows by their paths and in their order, as one immutable value. The next map shares all that did
 * not change.
 *
 * <p>It is a radix tree: a branch stands where paths differ, and looks at that one character only.
 * So finding one of 100,000 rows takes some eight steps and one comparison of paths, where a tree
 * of whole paths takes seventeen of each, and no choice of paths makes it slower than they are
 * long.
 */
final class RowMap {
  static final RowMap EMPTY = new RowMap(new Branch(new Making(), 0, null, "", new Tree[0]));

  private final Branch root;

  private RowMap(Branch root) {
    this.root = root;
  }

  static RowMap of(Iterable<RowState> rows) {
    RowMap all = EMPTY;
    var by = new Making();
    for (RowState row : rows) {
      all = all.plus(row, by);
    }
    return all;
  }

  /** The making of one map: its branches are shown to nobody before its end. */
  private static final class Making {}

  /** Rows whose paths begin alike. A row is the tree of itself alone. */
  sealed interface Tree permits Branch, RowState {}

  /** Paths that are the same before a place and differ there; but for the root, two at least. */
  private static final class Branch implements Tree {
    private final Making made;
    private final int at;
    private final @Nullable RowState here;
    private final String edges;
    private final Tree[] next;

    /**
     * A branch.
     *
     * @param made in which it was made, and may still be changed
     * @param at the place: how many characters are before it
     * @param here the row whose path ends there
     * @param edges the characters that paths go on with, in their order
     * @param next what comes of each
     */
    Branch(Making made, int at, @Nullable RowState here, String edges, Tree[] next) {
      this.made = made;
      this.at = at;
      this.here = here;
      this.edges = edges;
      this.next = next;
    }

    /** The tree that a path leads on to; null where there is none. */
    @Nullable Tree towards(String path) {
      if (path.length() <= at) {
        return path.length() == at ? here : null;
      }
      int edge = edges.indexOf(path.charAt(at));
      return edge < 0 ? null : next[edge];
    }

    /** The same with another tree where a path leads on to. */
    Branch with(String path, Tree tree, Making by) {
      if (path.length() == at) {
        return new Branch(by, at, (RowState) tree, edges, next.clone());
      }
      char character = path.charAt(at);
      int edge = edges.indexOf(character);
      if (edge >= 0) {
        Branch mine = made == by ? this : new Branch(by, at, here, edges, next.clone());
        mine.next[edge] = tree;
        return mine;
      }
      int place = above(character);
      Tree[] more = Arrays.copyOf(next, next.length + 1);
      System.arraycopy(next, place, more, place + 1, next.length - place);
      more[place] = tree;
      String longer = edges.substring(0, place) + character + edges.substring(place);
      return new Branch(by, at, here, longer, more);
    }

    /** The same without the tree where a path leads on to. */
    Branch without(String path, Making by) {
      if (path.length() == at) {
        return new Branch(by, at, null, edges, next.clone());
      }
      int edge = edges.indexOf(path.charAt(at));
      Tree[] fewer = Arrays.copyOf(next, next.length - 1);
      System.arraycopy(next, edge + 1, fewer, edge, fewer.length - edge);
      String shorter = edges.substring(0, edge) + edges.substring(edge + 1);
      return new Branch(by, at, here, shorter, fewer);
    }

    /** The first edge whose character is greater. */
    int above(char character) {
      int place = 0;
      while (place < edges.length() && edges.charAt(place) <= character) {
        place++;
      }
      return place;
    }

    /** A branch with one row is no branch. */
    Tree simplest() {
      if (next.length == 0 && here != null) {
        return here;
      }
      return next.length == 1 && here == null ? next[0] : this;
    }
  }

  /** One of the rows of a tree. */
  private static @Nullable RowState any(Tree tree) {
    Tree found = tree;
    while (found instanceof Branch branch) {
      if (branch.here != null) {
        return branch.here;
      }
      if (branch.next.length == 0) {
        return null;
      }
      found = branch.next[0];
    }
    return (RowState) found;
  }

  /** One of the rows whose paths have the most in common with this one; null where none is. */
  private @Nullable RowState nearest(String path) {
    Tree tree = root;
    while (tree instanceof Branch branch) {
      Tree next = branch.towards(path);
      if (next == null) {
        return any(branch);
      }
      tree = next;
    }
    return (RowState) tree;
  }

  /** How many characters two paths begin with alike. */
  private static int alike(String one, String other) {
    int most = Math.min(one.length(), other.length());
    int count = 0;
    while (count < most && one.charAt(count) == other.charAt(count)) {
      count++;
    }
    return count;
  }

  @Nullable RowState get(String path) {
    Tree tree = root;
    while (tree instanceof Branch branch) {
      tree = branch.towards(path);
    }
    return tree instanceof RowState row && row.path().equals(path) ? row : null;
  }

  /** With a row in place of what was there. */
  RowMap plus(RowState row) {
    return plus(row, new Making());
  }

  private RowMap plus(RowState row, Making by) {
    RowState nearest = nearest(row.path());
    int place = nearest == null ? 0 : alike(row.path(), nearest.path());
    return new RowMap((Branch) plus(root, row, place, nearest, by));
  }

  /**
   * With a row whose path is like that of another one in the tree before a place, and no longer.
   */
  private static Tree plus(
      Tree tree, RowState row, int place, @Nullable RowState nearest, Making by) {
    String path = row.path();
    if (tree instanceof Branch branch && branch.at <= place) {
      Tree next = branch.at < place ? branch.towards(path) : null;
      return branch.with(path, next == null ? row : plus(next, row, place, nearest, by), by);
    }
    if (nearest == null || nearest.path().equals(path)) {
      return row;
    }
    return new Branch(by, place, null, "", new Tree[0])
        .with(nearest.path(), tree, by)
        .with(path, row, by);
  }

  /** Without the row of a path, where there is one. */
  RowMap minus(String path) {
    return minus(path, new Making());
  }

  private RowMap minus(String path, Making by) {
    return get(path) == null ? this : new RowMap(minus(root, path, by));
  }

  private static Branch minus(Branch branch, String path, Making by) {
    return branch.towards(path) instanceof Branch next
        ? branch.with(path, minus(next, path, by).simplest(), by)
        : branch.without(path, by);
  }

  /** With these rows in place of what was there; without those that are empty. */
  RowMap with(Map<String, Optional<RowState>> changes) {
    RowMap next = this;
    var by = new Making();
    for (Map.Entry<String, Optional<RowState>> change : changes.entrySet()) {
      Optional<RowState> row = change.getValue();
      next = row.isPresent() ? next.plus(row.get(), by) : next.minus(change.getKey(), by);
    }
    return next;
  }

  /** All rows, in the order of the paths. */
  Stream<RowState> all() {
    return from("");
  }

  /** The rows whose paths begin so, in the order of the paths. */
  Stream<RowState> under(String prefix) {
    return from(prefix).takeWhile(row -> row.path().startsWith(prefix));
  }

  /** The rows whose paths are not less than that, in the order of the paths. */
  Stream<RowState> from(String least) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            new Walk(least), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
        false);
  }

  /** The rows from a path on. */
  private final class Walk implements Iterator<RowState> {
    /** What is still to come; the first is on top. */
    private final ArrayDeque<Tree> ahead = new ArrayDeque<>();

    Walk(String least) {
      RowState nearest = nearest(least);
      int place = nearest == null ? 0 : alike(least, nearest.path());
      Tree tree = root;
      while (tree instanceof Branch branch && branch.at <= place && branch.at < least.length()) {
        char character = least.charAt(branch.at);
        pushFrom(branch, branch.above(character));
        int edge = branch.edges.indexOf(character);
        if (edge < 0) {
          return;
        }
        tree = branch.next[edge];
      }
      if (nearest == null || nearest.path().compareTo(least) >= 0) {
        ahead.push(tree);
      }
    }

    private void pushFrom(Branch branch, int edge) {
      for (int i = branch.next.length - 1; i >= edge; i--) {
        ahead.push(branch.next[i]);
      }
    }

    @Override
    public boolean hasNext() {
      while (ahead.peek() instanceof Branch branch) {
        ahead.pop();
        pushFrom(branch, 0);
        if (branch.here != null) {
          ahead.push(branch.here);
        }
      }
      return !ahead.isEmpty();
    }

    @Override
    public RowState next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return (RowState) ahead.pop();
    }
  }
}
