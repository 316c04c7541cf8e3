package dev.holdfast.server.lead;

import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerGuard;
import java.time.Duration;
import java.util.Optional;

/** Raises the alarm when somebody else writes to the ledger, while this replica leads. */
public final class Watchman {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Ledger ledger;
  private final Journal journal;
  private Optional<LedgerGuard> guard = Optional.empty();

  /** A watchman over a ledger. */
  public Watchman(Ledger ledger, Journal journal) {
    this.ledger = ledger;
    this.journal = journal;
  }

  /** Looks for a while. */
  public void pass() throws InterruptedException {
    if (guard.isEmpty()) {
      guard = ledger.guard();
    }
    if (guard.isEmpty()) {
      Thread.sleep(PATIENCE);
      return;
    }
    switch (guard.get().next(PATIENCE)) {
      case LedgerGuard.Quiet() -> {
        // All is well.
      }
      case LedgerGuard.Foreign(var rows) -> journal.record(new Event.ForeignRows(rows));
      case LedgerGuard.Ended() -> {
        guard.get().close();
        guard = Optional.empty();
      }
    }
  }
}
