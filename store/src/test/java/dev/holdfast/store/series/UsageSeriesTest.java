package dev.holdfast.store.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageSeriesTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant END = START.plus(Duration.ofDays(1));

  @TempDir Path folder;
  private UsageSeries series;

  @BeforeEach
  void open() {
    series = UsageSeries.open(folder.resolve("usage.db"));
  }

  @AfterEach
  void close() {
    series.close();
  }

  private static UsageSample sample(String subject, long sequence) {
    return new UsageSample(
        subject,
        sequence,
        START.plusSeconds(sequence),
        Duration.ofSeconds(1),
        ResourceVector.of(Resource.CPU_MILLICORES, 10 * sequence),
        sequence % 2 == 0 ? Optional.of(new HardwareCounters(1, 2, 3, sequence)) : Optional.empty(),
        Map.of(
            "size", new InputValue.Quantity(sequence),
            "kind", new InputValue.Text("batch"),
            "dry", new InputValue.Flag(true)));
  }

  private static List<UsageSample> samples(String subject, long from, long to) {
    return LongStream.range(from, to).mapToObj(number -> sample(subject, number)).toList();
  }

  @Test
  void whatWasAppendedIsReadInTheOrderOfTime() {
    var shuffled = new ArrayList<>(samples("s", 1, 50));
    Collections.shuffle(shuffled, new Random(3));
    assertEquals(49, series.append("p", shuffled));
    assertEquals(samples("s", 1, 50), series.between("p", START, END, 1000));
    assertEquals(
        samples("s", 10, 20),
        series.between("p", START.plusSeconds(10), START.plusSeconds(20), 1000));
    assertEquals(samples("s", 1, 4), series.between("p", START, END, 3));
    assertEquals(samples("s", 47, 50), series.latest("p", 3));
    assertEquals(List.of(), series.latest("q", 3));
  }

  @Test
  void aReportSentAgainCountsOnce() {
    assertEquals(5, series.append("p", samples("s", 1, 6)));
    assertEquals(2, series.append("p", samples("s", 3, 8)));
    assertEquals(7, series.between("p", START, END, 100).size());
    assertEquals(7, series.acknowledged("s"));
    assertEquals(0, series.acknowledged("t"));
  }

  @Test
  void allSurvivesARestart() {
    series.append("p", samples("s", 1, 6));
    series.close();
    assertThrows(IllegalStateException.class, () -> series.acknowledged("s"));
    open();
    assertEquals(samples("s", 1, 6), series.latest("p", 10));
    assertEquals(5, series.acknowledged("s"));
  }

  @Test
  void whatIsForgottenStaysAcknowledged() {
    series.append("p", samples("s", 1, 11));
    assertEquals(5, series.forget(START.plusSeconds(6)));
    assertEquals(samples("s", 6, 11), series.latest("p", 100));
    series.forget(END);
    assertEquals(10, series.acknowledged("s"));
  }

  @Test
  void manyWritersLoseNothing() throws Exception {
    var work = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < 8; i++) {
      String subject = "s" + i;
      work.add(
          () -> {
            int added = 0;
            for (int from = 1; from < 100; from += 10) {
              added += series.append("p", samples(subject, from, from + 15));
            }
            return added;
          });
    }
    int added = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> done : threads.invokeAll(work)) {
        added += done.get();
      }
    }
    assertEquals(8 * 105, added);
    assertEquals(8 * 105, series.latest("p", 10_000).size());
  }
}
