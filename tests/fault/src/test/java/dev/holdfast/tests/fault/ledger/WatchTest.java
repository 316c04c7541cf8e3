package dev.holdfast.tests.fault.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.EtcdCluster;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.tests.fault.history.Amount;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.Outcome;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A watch misses nothing, or says that it has, when its history is compacted beneath it. */
final class WatchTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Plot.START);

  /** The last reservation of a history; the number is of no client's. */
  private static final Call.Reserve MARKER =
      new Call.Reserve(1_000_000, "r1000000-0", Plot.pathway(0), new Amount(1, 1));

  private static final ReservationName MARKED =
      new ReservationName(Plot.tenant(MARKER.pathway()), MARKER.name());

  private static final Pattern IN_USE = Pattern.compile("\"dbSizeInUse\":\"([0-9]+)\"");

  @TempDir Path folder;

  /** Who lets history go. */
  private interface Compaction {
    void run(KeyValueStore store, Candidates candidates);
  }

  @Test
  void historyIsCompactedUnderAWatchWhoseMemberDies() throws Exception {
    through(
        "history is compacted under a watch",
        (store, _) -> store.compact(store.get(Key.of("nothing")).revision()));
  }

  @Test
  void theLeaderForgetsHistoryUnderAWatchWhoseMemberDies() throws Exception {
    through("the leader forgets history", (_, candidates) -> forget(candidates.leader()));
  }

  /** What was before the first of two calls in one lead is forgotten with the second. */
  private static void forget(Teller leader) {
    leader.ledger().forgetHistory();
    leader.ledger().forgetHistory();
  }

  private void through(String fault, Compaction compaction) throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (EtcdCluster cluster =
            EtcdCluster.start(folder.resolve("etcd"), EtcdCluster.Options.DEFAULT);
        KeyValueStore watched = FaultRun.connect(cluster);
        ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
      var compacting = new Compacting(cluster, watched, thread, compaction);
      FaultRun.through(fault, cluster, CLOCK, compacting);
    }
  }

  /** Kills every member in turn, and compacts everything while it is away. */
  private static final class Compacting implements FaultRun.Nemesis {
    private final EtcdCluster cluster;
    private final KeyValueStore watched;
    private final ExecutorService thread;
    private final Compaction compaction;
    private Optional<Follower> follower = Optional.empty();
    private Optional<Future<?>> following = Optional.empty();

    Compacting(
        EtcdCluster cluster, KeyValueStore watched, ExecutorService thread, Compaction compaction) {
      this.cluster = cluster;
      this.watched = watched;
      this.thread = thread;
      this.compaction = compaction;
    }

    @Override
    public void strike(EtcdCluster cluster, Clients clients, Candidates candidates) {
      var started = new Follower(new Ledger(watched, Plot.KEYS, CLOCK));
      follower = Optional.of(started);
      following = Optional.of(thread.submit(() -> started.until(MARKED)));
      for (int member = 0; member < EtcdCluster.MEMBERS; member++) {
        clients.awaitAnswers(FaultRun.ANSWERS / 3, FaultRun.PATIENCE);
        // Whichever member serves the watch, it is this one in one of the rounds.
        cluster.process(member).kill();
        clients.awaitAnswers(FaultRun.ANSWERS / 3, FaultRun.PATIENCE);
        compaction.run(watched, candidates);
        cluster.heal();
      }
    }

    @Override
    public void calm(Clients clients, Teller leader) throws Exception {
      assertInstanceOf(Outcome.Stands.class, clients.call(leader, MARKER));
      following.orElseThrow().get(FaultRun.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      Follower copy = follower.orElseThrow();
      assertEquals(leader.ledger().snapshot().reservations(), copy.copy());
      assertTrue(copy.heard() > 0, "the watch heard of nothing");
      System.out.printf(
          "  the watch heard %d changes, listed %d times%n", copy.heard(), copy.listed());
      assertShrinks(leader);
    }

    /** What is forgotten takes no room any more, once etcd has swept it out. */
    private void assertShrinks(Teller leader) {
      long before = bytesInUse();
      forget(leader);
      long end = System.nanoTime() + FaultRun.PATIENCE.toNanos();
      while (bytesInUse() >= before) {
        assertTrue(System.nanoTime() - end < 0, before + " bytes are still in use");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }

    private long bytesInUse() {
      String status = cluster.call(0, "/v3/maintenance/status", "{}");
      Matcher found = IN_USE.matcher(status);
      assertTrue(found.find(), status);
      return Long.parseLong(found.group(1));
    }
  }
}
