package dev.holdfast.server.learn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuShareTest {
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.25, 0.5, 1})
  void workTakesItsShareOfTheTime(double share) throws InterruptedException {
    AtomicLong now = new AtomicLong();
    long worked = 0;
    CpuShare budget = new CpuShare(share, now::get, span -> now.addAndGet(span.toNanos()));
    for (int i = 1; i <= 100; i++) {
      long piece = Duration.ofMillis(i).toNanos();
      worked += piece;
      now.addAndGet(piece);
      budget.rest();
    }
    assertEquals(share, (double) worked / now.get(), 1e-6);
  }

  @Test
  void noRestIsLongerThanAnHour() throws InterruptedException {
    AtomicLong now = new AtomicLong();
    CpuShare budget = new CpuShare(0.01, now::get, span -> now.addAndGet(span.toNanos()));
    now.addAndGet(Duration.ofMinutes(5).toNanos());
    budget.rest();
    assertEquals(Duration.ofMinutes(65), Duration.ofNanos(now.get()));
  }

  @Test
  void aShareIsAboveZeroAndAtMostOne() {
    for (double share : new double[] {0, -1, 1.01, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> CpuShare.of(share));
    }
  }
}
