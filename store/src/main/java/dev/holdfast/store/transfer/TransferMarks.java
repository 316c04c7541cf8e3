package dev.holdfast.store.transfer;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.proto.ImportingRow;
import dev.holdfast.store.proto.RestoredRow;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** The rows of a store that say what was done to it as a whole. */
public final class TransferMarks {
  /** Every row of Holdfast. */
  public static final KeyRange ROWS = KeyRange.prefix(Key.of("holdfast/v1/"));

  /**
   * There since the store was last filled from a file or put back from a back-up: a {@link
   * RestoredRow}. What nodes and callers heard from the store before may be more than it knows.
   */
  public static final Key RESTORED = Key.of("holdfast/v1/restored");

  /** There while rows are being imported: an {@link ImportingRow}. The store must not be served. */
  public static final Key IMPORTING = Key.of("holdfast/v1/importing");

  /** Who leads a shard. In an embedded store it is bound to no lease. */
  private static final Pattern LEADER = Pattern.compile("holdfast/v1/[^/]+/leader");

  private static final int ID_BYTES = 16;

  private TransferMarks() {}

  /** Whether an import into the store was begun and not finished. */
  public static boolean unfinished(KeyValueStore store) {
    return !store.get(IMPORTING).rows().isEmpty();
  }

  /** Writes that the store is not what it was. */
  public static Operation restored(Instant now, RandomGenerator random) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    RestoredRow row =
        RestoredRow.newBuilder()
            .setRestoredMillis(now.toEpochMilli())
            .setId(ByteString.copyFrom(id))
            .build();
    return Operation.put(RESTORED, new Value(row.toByteString()));
  }

  /**
   * Marks a store that was put back by other means.
   *
   * @throws TransferException when a server uses it
   */
  public static void markRestored(KeyValueStore store, Instant now, RandomGenerator random) {
    requireUnused(store);
    store.commit(new Transaction(List.of(), List.of(restored(now, random))));
  }

  static void requireUnused(KeyValueStore store) {
    if (!store.leased(ROWS).isEmpty()) {
      throw new TransferException(
          "A server uses this store, or did until a moment ago: it holds a lease. Stop every server"
              + " and wait until its lease has run out.");
    }
  }

  static Value importing(ByteString sha256) {
    return new Value(ImportingRow.newBuilder().setSha256(sha256).build().toByteString());
  }

  /**
   * Whether a row is a mark of the store itself, or says who leads in it: no file carries those.
   */
  static boolean isMark(Key key) {
    return key.equals(RESTORED)
        || key.equals(IMPORTING)
        || LEADER.matcher(key.toString()).matches();
  }
}
