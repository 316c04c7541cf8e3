package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.Operation;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Transaction;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class EtcdLedgerTest extends LedgerContract {
  @TempDir static Path folder;
  private static @Nullable Etcd etcd;

  @BeforeAll
  static void startEtcd() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    etcd = Etcd.start(folder);
  }

  @AfterAll
  static void stopEtcd() {
    if (etcd != null) {
      etcd.close();
    }
  }

  @Override
  protected KeyValueStore open() {
    if (etcd == null) {
      throw new IllegalStateException("etcd was not started");
    }
    return EtcdStore.connect(etcd.endpoint());
  }

  @Override
  protected void clear() {
    try (KeyValueStore all = open()) {
      for (Row row : all.range(KeyRange.prefix(Key.of("holdfast/"))).rows()) {
        all.commit(new Transaction(List.of(), List.of(new Operation.Delete(row.key()))));
      }
    }
  }
}
