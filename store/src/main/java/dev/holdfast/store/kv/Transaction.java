package dev.holdfast.store.kv;

import java.util.HashSet;
import java.util.List;

/**
 * Operations that all take effect at one revision when every comparison holds, and not at all when
 * one does not.
 *
 * @param compares up to 128
 * @param operations up to 128, on keys that differ, 1.5 MiB of keys and values together
 */
public record Transaction(List<Compare> compares, List<Operation> operations) {
  /** The most comparisons, and the most operations: etcd's own default limit. */
  public static final int OPERATIONS_MAX = 128;

  /** The most compared keys, in their order, whose rows a conflict shows. */
  public static final int SHOWN_MAX = 8;

  /** The most bytes of keys and values: etcd's default limit for one request, less its framing. */
  public static final int BYTES_MAX = 1_500_000;

  public Transaction {
    compares = List.copyOf(compares);
    operations = List.copyOf(operations);
    if (compares.size() > OPERATIONS_MAX || operations.size() > OPERATIONS_MAX) {
      throw new IllegalArgumentException(
          "a transaction has up to %d comparisons and operations, not %d and %d"
              .formatted(OPERATIONS_MAX, compares.size(), operations.size()));
    }
    var changed = new HashSet<Key>();
    long bytes = 0;
    for (Operation operation : operations) {
      if (!changed.add(operation.key())) {
        throw new IllegalArgumentException("a transaction changes " + operation.key() + " twice");
      }
      bytes += operation.key().bytes().size();
      if (operation instanceof Operation.Put(_, Value value, _)) {
        bytes += value.bytes().size();
      }
    }
    for (Compare compare : compares) {
      // Twice: once for the comparison, once to read the row where it does not hold.
      bytes += 2L * compare.key().bytes().size();
      if (compare instanceof Compare.ValueIs(_, Value value)) {
        bytes += value.bytes().size();
      }
    }
    if (bytes > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a transaction has up to %d bytes, not %d".formatted(BYTES_MAX, bytes));
    }
  }

  /** The keys whose rows a conflict shows. */
  List<Key> shown() {
    return compares.stream().map(Compare::key).distinct().limit(SHOWN_MAX).toList();
  }
}
