package dev.holdfast.server.collateral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class FlightsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Flights.Bounds BOUNDS =
      new Flights.Bounds(2, 4, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofHours(1));

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final Flights<String, Integer> flights =
      new Flights<>(now::get, new SplittableRandom(7), BOUNDS);
  private final AtomicInteger runs = new AtomicInteger();

  private Optional<Integer> failing(String key) throws InterruptedException {
    return flights.get(
        key,
        () -> {
          runs.incrementAndGet();
          throw FetchException.failed("no");
        },
        PATIENCE);
  }

  @Test
  void anErrandIsRunOnceForAllWhoWantItAtTheSameTime() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    ConcurrentLinkedQueue<Optional<Integer>> came = new ConcurrentLinkedQueue<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      callers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      came.add(
                          flights.get(
                              "key",
                              () -> {
                                held.await();
                                return runs.incrementAndGet();
                              },
                              PATIENCE));
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
    }
    for (Thread caller : callers) {
      while (caller.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
    }
    held.countDown();
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(1, runs.get());
    assertEquals(8, came.size());
    assertTrue(came.stream().allMatch(Optional.of(1)::equals));
  }

  @Test
  void afterAFailureThePauseDoublesAndIsBoundedAndSuccessEndsIt() throws Exception {
    int expected = 0;
    for (long full : new long[] {10, 20, 40, 60, 60}) {
      assertEquals(Optional.empty(), failing("key"));
      assertEquals(++expected, runs.get());
      now.updateAndGet(at -> at.plusSeconds(full / 2).minusMillis(1));
      failing("key");
      assertEquals(expected, runs.get(), "it pauses for half of " + full + " s at least");
      now.updateAndGet(at -> at.plusSeconds(full / 2 + 1));
    }
    assertEquals(Optional.of(5), flights.get("key", () -> 5, PATIENCE));
    failing("key");
    assertEquals(expected + 1, runs.get(), "nothing is left of earlier failures");
  }

  @Test
  void whatIsAbsentIsNotAskedForAgainForLong() throws Exception {
    Flights.Errand<Integer> absent =
        () -> {
          runs.incrementAndGet();
          throw FetchException.absent("none");
        };
    flights.get("key", absent, PATIENCE);
    now.updateAndGet(at -> at.plus(Duration.ofMinutes(29)));
    flights.get("key", absent, PATIENCE);
    assertEquals(1, runs.get());
    now.updateAndGet(at -> at.plus(Duration.ofMinutes(31)));
    flights.get("key", absent, PATIENCE);
    assertEquals(2, runs.get());
  }

  @Test
  void noMoreFlyAtOnceThanMay() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch flying = new CountDownLatch(2);
    for (String key : List.of("a", "b")) {
      flights.get(
          key,
          () -> {
            flying.countDown();
            held.await();
            return 1;
          },
          Duration.ZERO);
    }
    flying.await();
    assertEquals(Optional.empty(), flights.get("c", runs::incrementAndGet, PATIENCE));
    assertEquals(0, runs.get());
    held.countDown();
  }

  @Test
  void onlySoManyFailuresAreRemembered() throws Exception {
    for (String key : List.of("a", "b", "c", "d", "e")) {
      failing(key);
    }
    failing("e");
    assertEquals(5, runs.get());
    failing("a");
    assertEquals(6, runs.get(), "the oldest was forgotten");
  }
}
