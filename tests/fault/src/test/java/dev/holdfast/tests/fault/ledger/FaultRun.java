package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.store.kv.EtcdStore;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.tests.fault.history.Report;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Clients of two ledgers over one etcd cluster, and something that goes wrong meanwhile; afterwards
 * everything is judged.
 */
final class FaultRun {
  /** How many calls are answered before a fault, after it, and while it lasts where any are. */
  static final int ANSWERS = Integer.getInteger("holdfast.fault.answers", 150);

  /** How long clients may be without so many answers, on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final long SEED = Long.getLong("holdfast.fault.seed", 1);
  private static final int CLIENTS = 6;
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private FaultRun() {}

  /** What goes wrong. */
  interface Nemesis {
    /**
     * The members that a ledger reaches.
     *
     * @param ledger 0 or 1
     */
    default List<URI> reached(EtcdCluster cluster, int ledger) {
      return cluster.endpoints();
    }

    /** Does it, and undoes what {@link EtcdCluster#heal} does not. */
    void strike(EtcdCluster cluster, Clients clients, Candidates candidates) throws Exception;

    /** Looks at what else must be so when all is over; a call made here is part of the history. */
    default void calm(Clients clients, Teller leader) throws Exception {}
  }

  static KeyValueStore connect(EtcdCluster cluster) {
    return connect(cluster.endpoints());
  }

  private static KeyValueStore connect(List<URI> members) {
    return EtcdStore.connect(members, Optional.empty(), DEADLINE);
  }

  /** Runs clients through a fault. */
  static void through(String fault, EtcdCluster cluster, InstantSource clock, Nemesis nemesis)
      throws Exception {
    cluster.heal();
    // Every key there is, from the first to the last.
    cluster.call(0, "/v3/kv/deleterange", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}");
    try (KeyValueStore one = connect(nemesis.reached(cluster, 0));
        KeyValueStore other = connect(nemesis.reached(cluster, 1))) {
      List<Teller> tellers =
          List.of(new Teller("one", one, clock), new Teller("other", other, clock));
      try (var clients = new Clients(tellers, SEED)) {
        Teller leader = struck(cluster, clients, nemesis);
        judge(fault, cluster, clock, clients, leader);
      }
    }
  }

  /** Lets it go wrong and be well again. Who leads in the end; nobody stands for it any more. */
  private static Teller struck(EtcdCluster cluster, Clients clients, Nemesis nemesis)
      throws Exception {
    try (var candidates = new Candidates(clients)) {
      Plot.layOut(candidates.leader().ledger());
      clients.start(CLIENTS);
      clients.awaitAnswers(ANSWERS, PATIENCE);
      nemesis.strike(cluster, clients, candidates);
      cluster.heal();
      clients.awaitAnswers(ANSWERS, PATIENCE);
      clients.stop();
      Teller leader = candidates.leader();
      nemesis.calm(clients, leader);
      return leader;
    }
  }

  private static void judge(
      String fault, EtcdCluster cluster, InstantSource clock, Clients clients, Teller teller) {
    try (KeyValueStore fresh = connect(cluster)) {
      Census.assertSees(fresh, clock, teller);
      Report report = Report.of(Census.end(clients, fresh, clock));
      String when = "%s, seed %d: %s".formatted(fault, SEED, report.words());
      assertEquals(List.of(), report.findings(), when);
      System.out.println(when + "\n  " + clients.seen());
    }
  }
}
