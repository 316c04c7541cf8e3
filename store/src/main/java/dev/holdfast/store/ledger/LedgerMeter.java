package dev.holdfast.store.ledger;

import java.time.Duration;

/**
 * Where a ledger says how it fares, for who measures it.
 *
 * <p>It is told by the threads that do the work, some of them many thousand times a second: what
 * implements it takes well under a microsecond, never blocks and never throws.
 */
public interface LedgerMeter {
  /** Nobody measures. */
  LedgerMeter NONE =
      new LedgerMeter() {
        @Override
        public void turnedAway() {}

        @Override
        public void changed(Duration waited) {}

        @Override
        public void transaction(int changes, Ending ending, Duration took) {}

        @Override
        public void settled(Finding finding, Duration took) {}

        @Override
        public void loaded(Duration took) {}

        @Override
        public void foreign(int rows) {}
      };

  /** How a transaction of changes ended, as its answer said. */
  enum Ending {
    /** It was done. */
    COMMITTED,
    /** It was not done: somebody else leads by now, or wrote to the rows. */
    CONFLICT,
    /** Its answer was lost: what became of it is to be found out. */
    UNKNOWN,
    /** It was not done: the store did not take it. */
    FAILED
  }

  /** What was found out of a transaction whose answer was lost. */
  enum Finding {
    /** It was done. */
    DONE,
    /** It was not done and never will be; its changes are decided anew. */
    NOT_DONE,
    /** It was not done and never will be: somebody else leads. */
    LOST,
    /** It could not be told: its callers were told so. */
    OPEN
  }

  /** A change was turned away, as the most that may wait already did. */
  void turnedAway();

  /**
   * A change was committed.
   *
   * @param waited from when it joined the queue until its caller knew
   */
  void changed(Duration waited);

  /**
   * A transaction came to its end.
   *
   * @param changes how many it carried, from 1
   * @param took what the store took, without what was decided before
   */
  void transaction(int changes, Ending ending, Duration took);

  /** It was looked for what became of a transaction, for so long. */
  void settled(Finding finding, Duration took);

  /** Every row was read and verified: the lead was taken, or something was in doubt. */
  void loaded(Duration took);

  /** Somebody else changed so many rows; the head counts as one. */
  void foreign(int rows);
}
