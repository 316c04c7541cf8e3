package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.EmbeddedStore;
import dev.holdfast.store.kv.KeyValueStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedLedgerTest extends LedgerContract {
  @TempDir Path folder;

  @Override
  protected KeyValueStore open() {
    return EmbeddedStore.open(folder.resolve("ledger.db"), clock);
  }

  /** Each test has a folder of its own. */
  @Override
  protected void clear() {}
}
