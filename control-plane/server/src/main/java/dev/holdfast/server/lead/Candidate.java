package dev.holdfast.server.lead;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.loop.Loop;
import dev.holdfast.store.ledger.Ledger;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * This replica as one of those that may lead: it stands whenever nobody leads, and keeps the lead
 * while it has it. Who does not lead serves nobody, and says who does.
 */
public final class Candidate {
  /** How often the lead is kept while it lasts. */
  private static final int PASSES_PER_LEASE = 5;

  /** The longest that a vacant lead waits for a candidate to see it. */
  private static final Duration PAUSE_MAX = Duration.ofMillis(250);

  private static final Duration PAUSE_ALONE = Duration.ofSeconds(1);

  private final Ledger ledger;
  private final Supplier<String> address;
  private final Optional<Duration> timeToLive;
  private final Journal journal;
  private final Runnable gained;
  private final Runnable lost;
  private boolean leading;

  /**
   * A candidate that does not lead yet.
   *
   * @param address where callers reach it
   * @param timeToLive how long the lead lasts when it is not kept; empty: for good, as no other
   *     replica reaches the store
   * @param gained done when it begins to lead, on another thread, before anything else is
   * @param lost done when it does so no longer
   */
  public Candidate(
      Ledger ledger,
      Supplier<String> address,
      Optional<Duration> timeToLive,
      Journal journal,
      Runnable gained,
      Runnable lost) {
    this.ledger = ledger;
    this.address = address;
    this.timeToLive = timeToLive;
    this.journal = journal;
    this.gained = gained;
    this.lost = lost;
  }

  /** How long to wait between two passes. */
  public Duration pause() {
    return timeToLive
        .map(whole -> whole.dividedBy(PASSES_PER_LEASE))
        .map(part -> part.compareTo(PAUSE_MAX) < 0 ? part : PAUSE_MAX)
        .orElse(PAUSE_ALONE);
  }

  /** Keeps the lead, or stands for it. */
  public synchronized void pass() {
    if (leading && !ledger.keepLead()) {
      leading = false;
      journal.record(new Event.LeadLost());
      lost.run();
    }
    if (!leading) {
      stand()
          .ifPresent(
              term -> {
                leading = true;
                journal.record(new Event.LeadTaken(term));
                begin();
              });
    }
  }

  /** Does what a leader begins with. The lead is kept meanwhile: it may take longer than that. */
  private void begin() {
    FutureTask<Optional<Void>> beginning = new FutureTask<>(gained, Optional.empty());
    Thread.ofVirtual().name("holdfast-begin").start(beginning);
    boolean over = false;
    while (!over) {
      try {
        beginning.get(pause().toMillis(), TimeUnit.MILLISECONDS);
        over = true;
      } catch (TimeoutException _) {
        ledger.keepLead();
      } catch (ExecutionException failed) {
        throw new IllegalStateException("the lead was taken, and not begun", failed.getCause());
      } catch (InterruptedException closing) {
        beginning.cancel(true);
        Thread.currentThread().interrupt();
        over = true;
      }
    }
  }

  private OptionalLong stand() {
    return timeToLive.isPresent()
        ? ledger.standForLead(address.get(), timeToLive.get())
        : OptionalLong.of(ledger.becomeLeader(address.get()));
  }

  /** Gives the lead up, where this replica has it. */
  public synchronized void resign() {
    leading = false;
    ledger.resignLead();
  }

  /** A pass that is made only while this replica leads. */
  public Loop.Pass whileLeading(Loop.Pass pass) {
    return () -> {
      if (leads()) {
        pass.run();
      }
    };
  }

  private boolean leads() {
    return ledger.term().isPresent();
  }

  /** Refuses who calls a replica that does not lead, and says which one does. */
  public void requireLead() {
    if (!leads()) {
      throw new Refusal(new Problem.NotLeader(leader()));
    }
  }

  private Optional<String> leader() {
    try {
      return ledger.leader();
    } catch (Refusal unreachable) {
      return Optional.empty();
    }
  }
}
