package dev.holdfast.store.transfer;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Fills a store from a file of exported rows: all of them, or the store stays marked as not whole.
 *
 * <p>The file is read to its end before anything is written. Then the mark {@link
 * TransferMarks#IMPORTING} is set, and taken away by the transaction that says that the store was
 * restored; every transaction in between compares it. Repeating an import that was cut short begins
 * it anew.
 */
public final class StoreImport {
  /** How often one transaction is tried while the store cannot be reached. */
  private static final int ATTEMPTS_MAX = 5;

  /** Room for the comparison of the mark, and for framing. */
  private static final int BATCH_BYTES_MAX = Transaction.BYTES_MAX - (64 << 10);

  /** What to do with rows that are there. */
  public enum Existing {
    /** Refuse to import. */
    REFUSE,
    /** Delete them. */
    REPLACE
  }

  /**
   * What was imported.
   *
   * @param deleted rows that were there before
   */
  public record Result(TransferHeading heading, long rows, long deleted) {}

  private final KeyValueStore store;
  private final Value mark;

  private StoreImport(KeyValueStore store, ByteString seal) {
    this.store = store;
    this.mark = TransferMarks.importing(seal);
  }

  /**
   * Imports a file into a store that no server uses.
   *
   * @param random what the mark of the restored store is drawn from
   * @throws TransferException when the file is not whole, the store is in use or not empty, or the
   *     file changed while it was read; only in the last case was anything written
   */
  public static Result read(
      Path file, KeyValueStore store, Existing existing, Instant now, RandomGenerator random) {
    Checked checked = check(file);
    var task = new StoreImport(store, checked.seal());
    task.begin(existing);
    long deleted = task.clear();
    Checked written = task.fill(file);
    if (!written.seal().equals(checked.seal())) {
      throw new TransferException(
          file + " changed while it was imported. The store is not whole: import again.");
    }
    task.commit(
        List.of(
            new Operation.Delete(TransferMarks.IMPORTING), TransferMarks.restored(now, random)));
    return new Result(checked.heading(), checked.rows(), deleted);
  }

  /**
   * A file that was read to its end.
   *
   * @param seal the SHA-256 that it is known by
   */
  public record Checked(TransferHeading heading, long rows, ByteString seal) {}

  /**
   * Reads a file to its end and writes nothing.
   *
   * @throws TransferException when it is not whole
   */
  public static Checked check(Path file) {
    return each(file, _ -> {});
  }

  @FunctionalInterface
  private interface Taker {
    void take(Operation.Put row);
  }

  private static Checked each(Path file, Taker taker) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      var reader = new TransferReader(in);
      Optional<Operation.Put> row = reader.next();
      while (row.isPresent()) {
        taker.take(row.get());
        row = reader.next();
      }
      return new Checked(reader.heading(), reader.rows(), reader.seal());
    } catch (IOException e) {
      throw new TransferException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void begin(Existing existing) {
    TransferMarks.requireUnused(store);
    Optional<Row> begun = store.get(TransferMarks.IMPORTING).row(TransferMarks.IMPORTING);
    boolean resumed = begun.map(row -> row.value().equals(mark)).orElse(false);
    if (existing == Existing.REFUSE && !resumed) {
      Snapshot any = store.range(TransferMarks.ROWS, OptionalLong.empty(), 1);
      if (begun.isPresent()) {
        throw new TransferException(
            "The import of another file into this store was not finished. Repeat that one, or"
                + " import with --replace.");
      }
      if (!any.rows().isEmpty()) {
        throw new TransferException(
            "The store is not empty. Import with --replace to delete what it holds.");
      }
    }
    Compare unchanged =
        begun
            .<Compare>map(row -> new Compare.ModifiedAt(row.key(), row.modRevision()))
            .orElse(new Compare.Absent(TransferMarks.IMPORTING));
    CommitResult result =
        store.commit(
            new Transaction(
                List.of(unchanged), List.of(Operation.put(TransferMarks.IMPORTING, mark))));
    if (result instanceof CommitResult.Conflict) {
      throw inUse();
    }
  }

  /** Deletes every row but the mark; returns how many there were. */
  private long clear() {
    long deleted = 0;
    while (true) {
      List<Operation> batch = new ArrayList<>();
      for (Row row :
          store
              .range(TransferMarks.ROWS, OptionalLong.empty(), Transaction.OPERATIONS_MAX)
              .rows()) {
        if (!row.key().equals(TransferMarks.IMPORTING)) {
          batch.add(new Operation.Delete(row.key()));
        }
      }
      if (batch.isEmpty()) {
        return deleted;
      }
      commit(batch);
      deleted += batch.size();
    }
  }

  private Checked fill(Path file) {
    var batch = new Batch();
    Checked read = each(file, batch::add);
    batch.flush();
    return read;
  }

  private final class Batch {
    private final List<Operation> rows = new ArrayList<>();
    private long bytes;

    void add(Operation.Put row) {
      long size = (long) row.key().bytes().size() + row.value().bytes().size();
      if (rows.size() == Transaction.OPERATIONS_MAX || bytes + size > BATCH_BYTES_MAX) {
        flush();
      }
      rows.add(row);
      bytes += size;
    }

    void flush() {
      if (!rows.isEmpty()) {
        commit(rows);
        rows.clear();
        bytes = 0;
      }
    }
  }

  /** Doing a batch twice is as good as once, so it is repeated when its outcome is not known. */
  private void commit(List<Operation> operations) {
    var transaction =
        new Transaction(List.of(new Compare.ValueIs(TransferMarks.IMPORTING, mark)), operations);
    for (int attempt = 1; ; attempt++) {
      try {
        if (store.commit(transaction) instanceof CommitResult.Conflict && !finished(operations)) {
          throw inUse();
        }
        return;
      } catch (StoreUnavailable | OutcomeUnknown e) {
        if (attempt == ATTEMPTS_MAX) {
          throw e;
        }
      }
    }
  }

  /** The last transaction takes the mark away, so its repetition finds none. */
  private boolean finished(List<Operation> operations) {
    for (Operation operation : operations) {
      if (operation instanceof Operation.Put(Key key, Value value, _)
          && key.equals(TransferMarks.RESTORED)) {
        return store.get(key).row(key).map(row -> row.value().equals(value)).orElse(false);
      }
    }
    return false;
  }

  private static TransferException inUse() {
    return new TransferException(
        "Another program writes to this store. Stop it, and import again.");
  }
}
