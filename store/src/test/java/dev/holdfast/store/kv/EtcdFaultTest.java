package dev.holdfast.store.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the etcd adapter does while etcd, or the way to it, is broken. */
class EtcdFaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final KeyRange RANGE = KeyRange.prefix(Key.of("r/"));

  @TempDir Path folder;
  private Optional<Etcd> running = Optional.empty();

  @BeforeEach
  void startEtcd() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    running = Optional.of(Etcd.start(folder));
  }

  @AfterEach
  void stopEtcd() {
    running.ifPresent(Etcd::close);
  }

  private Etcd etcd() {
    return running.orElseThrow();
  }

  private static KeyValueStore connect(URI endpoint, Duration deadline) {
    return EtcdStore.connect(List.of(endpoint), Optional.empty(), deadline);
  }

  private static long put(KeyValueStore store, String key, String value) {
    return store
        .commit(new Transaction(List.of(), List.of(Operation.put(Key.of(key), Value.of(value)))))
        .revision();
  }

  @Test
  void aServerThatCameBackIsFoundByTheFirstCallHoweverLongItWasAway() {
    try (KeyValueStore store = connect(etcd().endpoint(), Duration.ofSeconds(2))) {
      put(store, "r/a", "1");
      etcd().process().kill();
      for (int i = 0; i < 3; i++) {
        assertThrows(StoreUnavailable.class, () -> store.get(Key.of("r/a")));
      }
      running = Optional.of(etcd().again());
      assertEquals(1, store.get(Key.of("r/a")).rows().size());
    }
  }

  @Test
  void aCommitThatFoundNoServerChangedNothingAndSaysSo() {
    try (KeyValueStore store = connect(etcd().endpoint(), Duration.ofSeconds(1))) {
      put(store, "r/a", "1");
      etcd().process().kill();
      assertThrows(StoreFailure.class, () -> put(store, "r/a", "2"));
      // The connection is known to be gone by now.
      assertThrows(StoreUnavailable.class, () -> put(store, "r/a", "3"));
    }
  }

  @Test
  void aMemberThatIsSilentIsLeftForTheNextOne() throws Exception {
    try (Relay silent = Relay.to(etcd().endpoint());
        KeyValueStore store =
            EtcdStore.connect(
                List.of(silent.endpoint(), etcd().endpoint()),
                Optional.empty(),
                Duration.ofSeconds(3))) {
      long first = put(store, "r/a", "1");
      try (Watch watch = store.watch(RANGE, first)) {
        assertInstanceOf(Watch.Changed.class, watch.next(PATIENCE));
        silent.set(Relay.Wire.SILENT);
        assertEquals(1, store.get(Key.of("r/a")).rows().size());
        long second = put(store, "r/a", "2");
        assertEquals(second, nextChange(watch).revision());
      }
    }
  }

  @Test
  void aWatchThatWasCutOffSilentlyHearsEveryChangeOnce() throws Exception {
    try (Relay relay = Relay.to(etcd().endpoint());
        KeyValueStore direct = connect(etcd().endpoint(), Duration.ofSeconds(5));
        KeyValueStore through = connect(relay.endpoint(), Duration.ofSeconds(5))) {
      long first = put(direct, "r/a", "0");
      try (Watch watch = through.watch(RANGE, first)) {
        assertEquals(first, nextChange(watch).revision());
        relay.set(Relay.Wire.SILENT);
        var made = new ArrayList<Long>();
        for (int i = 1; i <= 10; i++) {
          made.add(put(direct, "r/a", "" + i));
        }
        assertInstanceOf(Watch.Disconnected.class, disconnection(watch));
        relay.set(Relay.Wire.WHOLE);
        var heard = new ArrayList<Long>();
        while (heard.size() < made.size()) {
          heard.add(nextChange(watch).revision());
        }
        assertEquals(made, heard);
      }
    }
  }

  @Test
  void aWatchThatWasCutOffUntilItsHistoryWasCompactedSaysSoAndAMirrorReadsAnew() throws Exception {
    try (Relay relay = Relay.to(etcd().endpoint());
        KeyValueStore direct = connect(etcd().endpoint(), Duration.ofSeconds(5));
        KeyValueStore through = connect(relay.endpoint(), Duration.ofSeconds(5));
        RangeMirror mirror = RangeMirror.start(through, RANGE)) {
      long first = put(direct, "r/a", "0");
      put(direct, "r/gone", "0");
      try (Watch watch = through.watch(RANGE, first)) {
        assertEquals(first, nextChange(watch).revision());
        nextChange(watch);
        assertTrue(mirror.await(first + 1, PATIENCE));
        relay.set(Relay.Wire.SILENT);
        direct.commit(new Transaction(List.of(), List.of(new Operation.Delete(Key.of("r/gone")))));
        long last = put(direct, "r/b", "1");
        direct.compact(last);
        assertInstanceOf(Watch.Disconnected.class, disconnection(watch));
        relay.set(Relay.Wire.WHOLE);
        Watch.Event event = watch.next(PATIENCE);
        assertEquals(new Watch.Compacted(last), event);
        assertTrue(mirror.await(last, PATIENCE));
        assertEquals(2, mirror.view().lists());
        assertMirrors(direct, mirror);
      }
    }
  }

  /** Compaction passes where others write and nobody writes in the range that is watched. */
  @Test
  void aWatchOnAQuietRangeNeedsNoHistoryThatWasLookedThroughForIt() {
    try (KeyValueStore store = connect(etcd().endpoint(), Duration.ofSeconds(5));
        EtcdMembers members =
            new EtcdMembers(List.of(etcd().endpoint()), Optional.empty(), Duration.ofSeconds(5));
        Watch watch =
            new EtcdWatch(members, RANGE, put(store, "r/a", "0") + 1, Duration.ofMillis(200))) {
      for (int i = 0; i < 5; i++) {
        long last = put(store, "other", "" + i);
        // Twice as long as until the stream is opened anew.
        assertInstanceOf(Watch.Idle.class, watch.next(Duration.ofMillis(500)));
        store.compact(last);
      }
      long wanted = put(store, "r/a", "1");
      assertEquals(wanted, nextChange(watch).revision());
    }
  }

  /** Without pauses that grow, and without a loop that does not pause. */
  @Test
  void whileEtcdIsAwayAClientKnocksAtASteadyPace() throws Exception {
    try (Relay relay = Relay.to(etcd().endpoint());
        KeyValueStore store = connect(relay.endpoint(), Duration.ofSeconds(1))) {
      long first = put(store, "r/a", "0");
      relay.set(Relay.Wire.REFUSING);
      try (Watch one = store.watch(RANGE, first + 1);
          Watch other = store.watch(RANGE, first + 1);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        int before = relay.knocks();
        long start = System.nanoTime();
        Future<Watch.Event> waiting = threads.submit(() -> one.next(Duration.ofSeconds(6)));
        assertInstanceOf(Watch.Disconnected.class, other.next(Duration.ofSeconds(6)));
        assertInstanceOf(Watch.Disconnected.class, waiting.get());
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        int knocks = relay.knocks() - before;
        assertTrue(knocks <= 2 + millis / 100, knocks + " connections in " + millis + " ms");
        assertTrue(knocks >= 6, knocks + " connections in " + millis + " ms");
        relay.set(Relay.Wire.WHOLE);
        long second = put(store, "r/a", "1");
        assertEquals(second, nextChange(one).revision());
        assertEquals(second, nextChange(other).revision());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aMirrorEqualsTheRangeAfterPausesKillsAndCompactions(long seed) throws Exception {
    var random = new Random(seed);
    var done = new AtomicBoolean();
    try (KeyValueStore writing = connect(etcd().endpoint(), Duration.ofSeconds(2));
        KeyValueStore reading = connect(etcd().endpoint(), Duration.ofSeconds(2));
        RangeMirror mirror = RangeMirror.start(reading, RANGE);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var writers = new ArrayList<Future<?>>();
      for (int i = 0; i < 3; i++) {
        var chance = new Random(seed * 10 + i);
        writers.add(threads.submit(() -> write(writing, chance, done)));
      }
      try (var pace = new RangeFeed(writing, RANGE)) {
        for (int round = 0; round < 6; round++) {
          for (int i = 0; i < 100; i++) {
            until(pace::next, RangeFeed.Changed.class);
          }
          harm(random.nextInt(3), reading, pace);
        }
      } finally {
        done.set(true);
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      long last = put(writing, "r/last", "x");
      assertTrue(mirror.await(last, PATIENCE), "seed " + seed);
      assertMirrors(writing, mirror);
    }
  }

  private void harm(int kind, KeyValueStore store, RangeFeed pace) throws Exception {
    switch (kind) {
      case 0 -> store.compact(store.get(Key.of("r/0")).revision());
      case 1 -> {
        signal("STOP");
        try {
          until(pace::next, RangeFeed.Disconnected.class);
        } finally {
          signal("CONT");
        }
      }
      default -> {
        etcd().process().kill();
        until(pace::next, RangeFeed.Disconnected.class);
        running = Optional.of(etcd().again());
      }
    }
  }

  private static void write(KeyValueStore store, Random random, AtomicBoolean done) {
    while (!done.get()) {
      var operations = new TreeMap<Key, Operation>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        Key key = Key.of("r/" + random.nextInt(50));
        operations.put(
            key,
            random.nextInt(3) == 0
                ? new Operation.Delete(key)
                : Operation.put(key, Value.of("v" + random.nextInt())));
      }
      try {
        store.commit(new Transaction(List.of(), List.copyOf(operations.values())));
      } catch (StoreUnavailable | OutcomeUnknown e) {
        // Whether it was done shows in the range, which is what counts here.
      }
    }
  }

  private static void assertMirrors(KeyValueStore store, RangeMirror mirror) {
    assertEquals(store.range(RANGE).rows(), List.copyOf(mirror.view().rows().values()));
  }

  private static Watch.Changed nextChange(Watch watch) {
    return until(watch::next, Watch.Changed.class);
  }

  /** Waits in short turns until a watch says that it is cut off. */
  private static Watch.Disconnected disconnection(Watch watch) {
    return until(watch::next, Watch.Disconnected.class);
  }

  private static <E> E until(Function<Duration, Object> next, Class<E> wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      Object event = next.apply(Duration.ofMillis(200));
      if (wanted.isInstance(event)) {
        return wanted.cast(event);
      }
    }
    throw new AssertionError("there never was a " + wanted.getSimpleName());
  }

  private void signal(String name) throws Exception {
    String pid = Long.toString(etcd().process().pid());
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
  }
}
