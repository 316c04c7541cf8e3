package dev.holdfast.store.transfer;

import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.RevisionCompacted;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Writes every row of Holdfast, as it is at one revision of a store, to a file. */
public final class StoreExport {
  /** How many rows are in memory at once. */
  static final int PAGE_ROWS = 100;

  private StoreExport() {}

  /**
   * What was written.
   *
   * @param leftOut rows that end with a lease, such as that of a server that leads
   */
  public record Result(TransferHeading heading, long rows, long leftOut) {}

  /**
   * Exports a store, which may be in use.
   *
   * @param source the kind of the store
   * @param file made anew, and readable by its owner only; it is there only once it is whole
   * @throws TransferException when the file is there already, or cannot be written
   */
  public static Result write(KeyValueStore store, String source, Instant now, Path file) {
    if (TransferMarks.unfinished(store)) {
      throw new TransferException(
          "An import into this store was begun and not finished. Repeat it first.");
    }
    try (NewFile made = NewFile.at(file);
        OutputStream out = new BufferedOutputStream(made.out())) {
      Result result = write(store, source, now, out);
      out.flush();
      made.keep();
      return result;
    } catch (RevisionCompacted e) {
      throw new TransferException(
          "The store's history was compacted while it was read. Export again.", e);
    } catch (IOException e) {
      throw new TransferException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static Result write(KeyValueStore store, String source, Instant now, OutputStream out)
      throws IOException {
    KeyRange range = TransferMarks.ROWS;
    Snapshot page = store.range(range, OptionalLong.empty(), PAGE_ROWS);
    var heading = new TransferHeading(source, page.revision(), now);
    Set<Key> leased = store.leased(range);
    var writer = new TransferWriter(out, heading);
    long leftOut = 0;
    while (true) {
      for (Row row : page.rows()) {
        if (leased.contains(row.key())) {
          leftOut++;
        } else if (!TransferMarks.isMark(row.key())) {
          writer.row(row);
        }
      }
      Optional<KeyRange> rest =
          page.more() ? range.after(page.rows().getLast().key()) : Optional.empty();
      if (rest.isEmpty()) {
        return new Result(heading, writer.end(), leftOut);
      }
      page = store.range(rest.get(), OptionalLong.of(heading.revision()), PAGE_ROWS);
    }
  }
}
