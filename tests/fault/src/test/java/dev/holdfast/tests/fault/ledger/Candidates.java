package dev.holdfast.tests.fault.ledger;

import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Ledgers as the replicas of a server: each stands for the lead while nobody has it, and keeps it
 * while it does. Every lead that is taken is written down.
 */
final class Candidates implements AutoCloseable {
  private static final int PASSES_PER_LEASE = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final List<Candidate> all;

  /** Makes a candidate of every ledger that the clients ask. */
  Candidates(Clients clients) {
    this.all = clients.tellers().stream().map(teller -> new Candidate(clients, teller)).toList();
  }

  /** Who leads, as soon as somebody does. */
  Teller leader() {
    return await(Optional.empty()).orElseThrow(() -> new AssertionError("nobody will lead")).teller;
  }

  /** Waits until nobody leads any more: where no store answers, every lease runs out. */
  void awaitNoLeader() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (all.stream().anyMatch(one -> one.teller.leads())) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("somebody still leads after " + PATIENCE);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /**
   * The lead goes from one to another: who has it keeps nothing until another leads, but goes on
   * answering clients, as a process does whose network stands still for a while.
   *
   * @return whether another took it; it does not where it will not have what is stored
   */
  boolean handOver() {
    Optional<Candidate> leader = await(Optional.empty());
    leader.ifPresent(found -> found.negligent = true);
    try {
      return await(leader).isPresent();
    } finally {
      leader.ifPresent(found -> found.negligent = false);
    }
  }

  /** Waits for a leader, or a refusal to lead. */
  private Optional<Candidate> await(Optional<Candidate> but) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      for (Candidate one : all) {
        if (but.equals(Optional.of(one))) {
          continue;
        }
        if (one.teller.leads()) {
          return Optional.of(one);
        }
        if (one.refused) {
          return Optional.empty();
        }
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new AssertionError("nobody took the lead within " + PATIENCE);
  }

  @Override
  public void close() {
    all.forEach(Candidate::close);
  }

  /** One of them. */
  private static final class Candidate {
    private final Clients clients;
    private final Teller teller;
    private final ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());
    private final Future<?> passes;
    private volatile boolean negligent;
    private volatile boolean refused;

    Candidate(Clients clients, Teller teller) {
      this.clients = clients;
      this.teller = teller;
      long pause = Teller.LEASE.dividedBy(PASSES_PER_LEASE).toMillis();
      this.passes = thread.scheduleWithFixedDelay(this::pass, 0, pause, TimeUnit.MILLISECONDS);
    }

    private void pass() {
      if (!negligent && !teller.ledger().keepLead()) {
        refused = clients.call(teller, new Call.Lead()) instanceof Outcome.Refused;
      }
    }

    void close() {
      boolean failed = passes.isDone();
      thread.close();
      if (failed) {
        throw new AssertionError("%s stopped: %s".formatted(teller.name(), passes));
      }
    }
  }
}
