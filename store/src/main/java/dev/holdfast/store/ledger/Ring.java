package dev.holdfast.store.ledger;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.CommitResult;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.OutcomeUnknown;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import dev.holdfast.store.kv.Value;
import dev.holdfast.store.seal.DataKeys;
import dev.holdfast.store.seal.KeyProvider;
import dev.holdfast.store.seal.Opened;
import dev.holdfast.store.seal.Sealer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The data keys of a shard: stored beside its rows, wrapped by the key provider. */
final class Ring {
  private static final int ATTEMPTS_MAX = 8;

  private final KeyValueStore store;
  private final Key key;
  private final KeyProvider provider;
  private final SecureRandom random = new SecureRandom();
  private volatile @Nullable Opening opening;

  /** A ring that was read, and what opens rows with it. */
  private record Opening(DataKeys keys, Sealer sealer, long revision) {}

  Ring(KeyValueStore store, Key key, KeyProvider provider) {
    this.store = store;
    this.key = key;
    this.provider = provider;
  }

  /** What seals, and opens what is known to be sealed under these keys. */
  Sealer sealer() {
    Opening known = opening;
    if (known == null) {
      throw new IllegalStateException("the keys of the shard were not read");
    }
    return known.sealer();
  }

  /** Opens a sealed row, looking for newer keys where it is sealed under one not at hand. */
  Opened open(Key row, ByteString sealed) {
    Opening known = opening;
    if (known == null || !Sealer.keyId(sealed).stream().allMatch(known.keys().ids()::contains)) {
      read();
      known = opening;
    }
    return known == null
        ? new Opened.Broken("there are no keys for it")
        : known.sealer().open(row, sealed);
  }

  /** Reads the stored ring; whether there is one. */
  private boolean read() {
    Optional<Row> row = store.get(key).row(key);
    row.ifPresent(this::learn);
    return row.isPresent();
  }

  /** Takes in the ring as it was read, unless a newer one is at hand. */
  void learn(Row row) {
    Opening known = opening;
    if (known == null || known.revision() < row.modRevision()) {
      adopt(DataKeys.open(provider, row.value().bytes().toByteArray()), row.modRevision());
    }
  }

  private void adopt(DataKeys keys, long revision) {
    opening = new Opening(keys, keys.sealer(), revision);
  }

  /** Reads the ring, and makes one where there is none yet. */
  void ensure(Compare fence, Instant now) {
    if (!read()) {
      replace(fence, _ -> DataKeys.create(provider, random, now));
    }
  }

  /**
   * Takes a fresh key where the present one is old or has sealed much, and wraps the keys anew
   * where the provider has another wrapping key. Those before still open what they sealed.
   */
  void tend(Compare fence, Instant now) {
    provider.reload();
    Opening known = opening;
    if (known != null && upToDate(known.keys(), known.sealer(), now) != known.keys()) {
      replace(fence, keys -> upToDate(keys.orElseThrow(), known.sealer(), now));
    }
  }

  private DataKeys upToDate(DataKeys keys, Sealer used, Instant now) {
    return keys.upToDate(
        provider, random, now, used.keyId() == keys.currentId() ? used.seals() : 0);
  }

  /** Whether there are others beside the present key, which rows may be sealed under. */
  boolean hasOld() {
    Opening known = opening;
    return known != null && known.keys().ids().size() > 1;
  }

  /** Lets go of every key but the present one: nothing is sealed under them any more. */
  void retire(Compare fence) {
    replace(fence, keys -> retired(keys.orElseThrow()));
  }

  private static DataKeys retired(DataKeys keys) {
    var old = new HashSet<>(keys.ids());
    old.remove(keys.currentId());
    return keys.without(old);
  }

  /** Puts another ring in place of what is stored; it is used only once it is there. */
  private void replace(Compare fence, Change change) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      boolean there = read();
      Opening before = opening;
      DataKeys next =
          change.apply(there && before != null ? Optional.of(before.keys()) : Optional.empty());
      var compares = new ArrayList<Compare>(List.of(fence));
      compares.add(
          there && before != null
              ? new Compare.ModifiedAt(key, before.revision())
              : new Compare.Absent(key));
      var put = Operation.put(key, new Value(ByteString.copyFrom(next.stored())));
      try {
        if (store.commit(new Transaction(compares, List.of(put)))
            instanceof CommitResult.Committed(long revision)) {
          adopt(next, revision);
          return;
        }
      } catch (OutcomeUnknown e) {
        // The next attempt begins with what is there: where it was done, one more does no harm.
      }
    }
    throw new IllegalStateException("the keys of the shard were changed by others all the time");
  }

  @FunctionalInterface
  private interface Change {
    DataKeys apply(Optional<DataKeys> before);
  }
}
