package dev.holdfast.server.collateral;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Errands, each run once for all who want it at the same time, and not again for a while after it
 * failed: the pause doubles with each failure, less a random part, so that many servers do not ask
 * at once. Safe for use by many threads.
 *
 * @param <K> what is wanted
 * @param <V> what comes of it
 */
final class Flights<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(Flights.class);
  private static final int DOUBLINGS_MAX = 16;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final Bounds bounds;
  private final Map<K, CompletableFuture<Optional<V>>> flying = new HashMap<>();
  private final Map<K, Failure> failures = new LinkedHashMap<>();

  /**
   * How many and how long.
   *
   * @param flying at the same time; what is wanted beyond is not had
   * @param remembered failures; the oldest is forgotten first
   * @param pause after a first failure
   * @param pauseMax after many
   * @param absent after the answer that there is none
   */
  record Bounds(int flying, int remembered, Duration pause, Duration pauseMax, Duration absent) {
    /** 8 at once, 1024 failures, 10 seconds to 1 hour, 1 hour. */
    static final Bounds DEFAULT =
        new Bounds(8, 1024, Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofHours(1));
  }

  private record Failure(int count, Instant notBefore) {}

  /** One errand. */
  @FunctionalInterface
  interface Errand<V> {
    /** Runs it. */
    V run() throws FetchException, InterruptedException;
  }

  Flights(InstantSource clock, RandomGenerator random, Bounds bounds) {
    this.clock = clock;
    this.random = random;
    this.bounds = bounds;
  }

  /**
   * Waits for what comes of an errand, which is started unless it is under way or paused.
   *
   * @param patience how long to wait; the errand goes on beyond that
   * @return empty if it failed, is paused, or takes too long
   */
  Optional<V> get(K key, Errand<V> errand, Duration patience) throws InterruptedException {
    CompletableFuture<Optional<V>> flight;
    synchronized (this) {
      flight = flying.get(key);
      if (flight == null) {
        Failure failure = failures.get(key);
        boolean paused = failure != null && clock.instant().isBefore(failure.notBefore());
        if (paused || flying.size() >= bounds.flying()) {
          return Optional.empty();
        }
        flight = new CompletableFuture<>();
        flying.put(key, flight);
        CompletableFuture<Optional<V>> started = flight;
        Thread.ofVirtual().name("holdfast-fetch").start(() -> fly(key, errand, started));
      }
    }
    try {
      return flight.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException late) {
      return Optional.empty();
    }
  }

  private void fly(K key, Errand<V> errand, CompletableFuture<Optional<V>> flight) {
    Optional<V> came = Optional.empty();
    boolean absent = false;
    try {
      came = Optional.of(errand.run());
    } catch (FetchException failed) {
      LOG.warn("{}: {}", key, failed.getMessage());
      absent = failed.isAbsent();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      LOG.error("{} failed", key, bug);
    } finally {
      synchronized (this) {
        flying.remove(key);
        if (came.isPresent()) {
          failures.remove(key);
        } else {
          failed(key, absent);
        }
      }
      flight.complete(came);
    }
  }

  private void failed(K key, boolean absent) {
    Failure before = failures.remove(key);
    int count = before == null ? 1 : before.count() + 1;
    failures.put(key, new Failure(count, clock.instant().plus(pause(count, absent))));
    if (failures.size() > bounds.remembered()) {
      failures.remove(failures.keySet().iterator().next());
    }
  }

  /** Half of the full pause at least. */
  private Duration pause(int count, boolean absent) {
    Duration full = absent ? bounds.absent() : bounds.pause();
    for (int i = 1; i < Math.min(count, DOUBLINGS_MAX); i++) {
      full = full.multipliedBy(2);
    }
    Duration most = absent ? bounds.absent() : bounds.pauseMax();
    long millis = Math.min(full.toMillis(), most.toMillis());
    return Duration.ofMillis(millis - random.nextLong(millis / 2 + 1));
  }
}
