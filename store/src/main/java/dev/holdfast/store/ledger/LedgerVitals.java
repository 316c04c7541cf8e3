package dev.holdfast.store.ledger;

import java.util.Optional;

/**
 * How a ledger stands at a moment, as far as memory tells.
 *
 * @param queued the changes that wait for a transaction to come; those of the one under way are not
 *     among them
 * @param reign what is known of the shard by who leads it; empty where this instance does not
 */
public record LedgerVitals(int queued, Optional<Reign> reign) {
  /**
   * A shard as its leader has it in memory.
   *
   * @param term of the lead
   * @param rows how many are stored
   * @param unreadable how many of them cannot be used, quarantined ones among them
   * @param quarantined how many somebody else changed
   */
  public record Reign(long term, long rows, int unreadable, int quarantined) {}
}
