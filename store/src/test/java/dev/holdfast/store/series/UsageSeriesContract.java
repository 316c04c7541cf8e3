package dev.holdfast.store.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
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

/** What every engine of the series must do. */
abstract class UsageSeriesContract {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final Instant END = START.plus(Duration.ofDays(400));
  static final TenantName ACME = new TenantName("acme");
  static final ImageName IMAGE = new ImageName("ab".repeat(32));
  static final SeriesProfile ADA = profile("pa", Optional.of("ada"));
  static final SeriesProfile BOB = profile("pb", Optional.of("bob"));

  UsageSeries series;

  /** Opens the series; the same one for each call within one test. */
  abstract UsageSeries openSeries();

  @BeforeEach
  void open() {
    series = openSeries();
  }

  @AfterEach
  void close() {
    series.close();
  }

  static SeriesProfile profile(String id, Optional<String> user) {
    return new SeriesProfile(
        "tenants/acme/resourceProfiles/" + id, new ProfileKey(ACME, IMAGE, user));
  }

  static UsageSample sample(String subject, long sequence) {
    return new UsageSample(
        subject,
        sequence,
        START.plusSeconds(sequence),
        Duration.ofSeconds(1),
        ResourceVector.of(
            Map.of(Resource.CPU_MILLICORES, 10 * sequence, Resource.MEMORY_BYTES, 1L << 50)),
        sequence % 2 == 0 ? Optional.of(new HardwareCounters(1, 2, 3, sequence)) : Optional.empty(),
        sequence % 3 == 0
            ? Map.of("orders.v1.Orders/Place", new ApiCalls(sequence, 1), "other", calls(7))
            : Map.of(),
        Map.of(
            "rows", new InputValue.Quantity((double) Math.floorDiv(sequence, 10)),
            "kind", new InputValue.Text("batch"),
            "dry", new InputValue.Flag(sequence < 25)));
  }

  private static ApiCalls calls(long ended) {
    return new ApiCalls(ended, 0);
  }

  static List<UsageSample> samples(String subject, long from, long to) {
    return LongStream.range(from, to).mapToObj(number -> sample(subject, number)).toList();
  }

  static List<ProfiledSample> of(SeriesProfile profile, List<UsageSample> samples) {
    return samples.stream().map(sample -> new ProfiledSample(profile, sample)).toList();
  }

  int append(SeriesProfile profile, List<UsageSample> samples) {
    return series.append(of(profile, samples)).size();
  }

  static UsageQuery query(Grain grain, InputCondition... inputs) {
    return new UsageQuery(
        ACME,
        Optional.of(IMAGE),
        Optional.empty(),
        Optional.empty(),
        List.of(inputs),
        START,
        END,
        grain);
  }

  List<UsageRow> read(UsageQuery query) {
    return series.read(query, Optional.empty(), UsageSeries.LIMIT_MAX).rows();
  }

  List<UsageSample> readSamples(InputCondition... inputs) {
    return read(query(Grain.SAMPLE, inputs)).stream().map(UsageRow::sample).toList();
  }

  void foldAll() {
    while (series.fold(END, 7) > 0) {
      // The next part.
    }
  }

  @Test
  void whatWasAppendedIsReadInTheOrderOfTime() {
    var shuffled = new ArrayList<>(samples("s", 1, 50));
    Collections.shuffle(shuffled, new Random(3));
    assertEquals(49, append(ADA, shuffled));
    assertEquals(samples("s", 1, 50), readSamples());
    assertEquals(samples("s", 47, 50), series.latest(ADA.name(), 3));
    assertEquals(List.of(), series.latest(BOB.name(), 3));
    assertEquals(List.of(ADA), series.profiles("", 10));
    assertEquals(List.of(), series.profiles(ADA.name(), 10));
  }

  @Test
  void theNewestBucketsUntilATimeAreReadAsSamples() {
    append(ADA, samples("s", 1, 50));
    append(
        ADA,
        LongStream.of(30, 31).mapToObj(second -> hour(START.plusSeconds(second), second)).toList());
    foldAll();
    List<UsageSample> all = series.latest(ADA.name(), Grain.TEN_SECONDS, END, 100);
    assertEquals(read(query(Grain.TEN_SECONDS)).size(), all.size());
    assertEquals(
        all.stream().filter(bucket -> !bucket.endedAt().isAfter(START.plusSeconds(20))).toList(),
        series.latest(ADA.name(), Grain.TEN_SECONDS, START.plusSeconds(20), 100));
    List<UsageSample> newest = series.latest(ADA.name(), Grain.TEN_SECONDS, END, 2);
    assertEquals(all.subList(all.size() - 2, all.size()), newest);
    assertTrue(
        series.latest(ADA.name(), Grain.MINUTE, END, 100).stream()
            .anyMatch(bucket -> bucket.period().equals(UsageSample.PERIOD_MAX)),
        "two hours count as one sample of an hour");
  }

  private static UsageSample hour(Instant end, long sequence) {
    return new UsageSample(
        "long",
        sequence,
        end,
        UsageSample.PERIOD_MAX,
        ResourceVector.ZERO,
        Optional.empty(),
        Map.of());
  }

  @Test
  void aReportSentAgainCountsOnce() {
    assertEquals(5, append(ADA, samples("s", 1, 6)));
    assertEquals(
        of(ADA, samples("s", 6, 8)), series.append(of(ADA, samples("s", 3, 8))), "the new ones");
    assertEquals(7, readSamples().size());
    assertEquals(7, series.acknowledged("s"));
    assertEquals(0, series.acknowledged("t"));
    var twice = new ArrayList<>(of(ADA, samples("u", 1, 3)));
    twice.addAll(of(ADA, samples("u", 1, 3)));
    assertEquals(2, series.append(twice).size(), "even within one batch");
  }

  @Test
  void allSurvivesARestart() {
    append(ADA, samples("s", 1, 6));
    series.close();
    assertThrows(IllegalStateException.class, () -> series.acknowledged("s"));
    open();
    assertEquals(samples("s", 1, 6), series.latest(ADA.name(), 10));
    assertEquals(5, series.acknowledged("s"));
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
              added += append(ADA, samples(subject, from, from + 15));
              series.fold(END, 3);
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
    assertEquals(8 * 105, readSamples().size());
    foldAll();
    assertEquals(8 * 105, read(query(Grain.HOUR)).stream().mapToLong(UsageRow::samples).sum());
  }

  @Test
  void rowsAreFoundByWhatRanForWhomAndUnderWhatName() {
    append(ADA, samples("tenants/acme/reservations/r1/grants/g1", 1, 3));
    append(BOB, samples("tenants/acme/reservations/r1x/grants/g1", 1, 4));
    assertEquals(5, readSamples().size());
    for (String user : List.of("ada", "bob", "eve")) {
      var asked =
          new UsageQuery(
              ACME,
              Optional.of(IMAGE),
              Optional.of(user),
              Optional.empty(),
              List.of(),
              START,
              END,
              Grain.SAMPLE);
      assertEquals(Map.of("ada", 2, "bob", 3, "eve", 0).get(user), read(asked).size());
    }
    for (var other : List.of(new TenantName("other"), ACME)) {
      var asked =
          new UsageQuery(
              other,
              Optional.empty(),
              Optional.empty(),
              Optional.of("tenants/acme/reservations/r1"),
              List.of(),
              START,
              START.plusSeconds(2),
              Grain.SAMPLE);
      assertEquals(other.equals(ACME) ? 1 : 0, read(asked).size(), "the end is not included");
    }
  }

  @Test
  void rowsAreFoundByTheirProductionInputs() {
    append(ADA, samples("s", 1, 50));
    assertEquals(samples("s", 20, 40), readSamples(new InputCondition.Between("rows", 2, 3)));
    assertEquals(samples("s", 1, 25), readSamples(new InputCondition.Flag("dry", true)));
    assertEquals(samples("s", 1, 50), readSamples(new InputCondition.Is("kind", "batch")));
    assertEquals(List.of(), readSamples(new InputCondition.Is("kind", "bat")));
    assertEquals(List.of(), readSamples(new InputCondition.Is("rows", "2")));
    assertEquals(
        samples("s", 20, 25),
        readSamples(
            new InputCondition.Between("rows", 2, 2),
            new InputCondition.Is("kind", "batch"),
            new InputCondition.Flag("dry", true)));
    foldAll();
    assertEquals(
        20,
        read(query(Grain.MINUTE, new InputCondition.Between("rows", 2, 3))).stream()
            .mapToLong(UsageRow::samples)
            .sum());
  }

  @Test
  void pagesTogetherAreTheWholeAndNeverLongerThanAsked() {
    append(ADA, samples("s", 1, 20));
    append(BOB, samples("t", 1, 20));
    var all = new ArrayList<UsageRow>();
    Optional<UsagePage.Place> place = Optional.empty();
    int pages = 0;
    do {
      UsagePage page = series.read(query(Grain.SAMPLE), place, 7);
      assertTrue(page.rows().size() <= 7);
      all.addAll(page.rows());
      place = page.next().flatMap(next -> UsagePage.Place.parse(next.toString()));
      pages++;
    } while (place.isPresent());
    assertEquals(read(query(Grain.SAMPLE)), all);
    assertEquals(6, pages);
  }

  @Test
  void aBucketHoldsTheWeightedMeanThePeakAndTheSums() {
    var short1 = metered(1, Duration.ofSeconds(10), 100, 7000, 50);
    var long2 = metered(2, Duration.ofSeconds(30), 500, 4000, 60);
    append(ADA, List.of(at(short1, 10), at(long2, 40)));
    foldAll();
    UsageRow minute = read(query(Grain.MINUTE)).getFirst();
    assertEquals((100 * 10 + 500 * 30) / 40, minute.usage().get(Resource.CPU_MILLICORES));
    assertEquals(7000, minute.usage().get(Resource.MEMORY_BYTES));
    assertEquals(110, minute.counters().orElseThrow().instructions());
    assertEquals(Map.of("Place", new ApiCalls(110, 2)), minute.apiCalls());
    assertEquals(Duration.ofSeconds(40), minute.covered());
    assertEquals(2, minute.samples());
    assertEquals(2, minute.sequence());
    assertEquals(START.plusSeconds(60), minute.endedAt());
  }

  private static UsageSample metered(
      long sequence, Duration period, long cpu, long memory, long count) {
    return new UsageSample(
        "s",
        sequence,
        START,
        period,
        ResourceVector.of(Map.of(Resource.CPU_MILLICORES, cpu, Resource.MEMORY_BYTES, memory)),
        Optional.of(new HardwareCounters(count, count, count, count)),
        Map.of("Place", new ApiCalls(count, 1)),
        Map.of());
  }

  private static UsageSample at(UsageSample sample, long seconds) {
    return new UsageSample(
        sample.subject(),
        sample.sequence(),
        START.plusSeconds(seconds),
        sample.period(),
        sample.usage(),
        sample.counters(),
        sample.apiCalls(),
        sample.inputs());
  }

  /** Folded in Java from the samples, as the page on the series says. */
  private static Map<Instant, double[]> model(List<UsageSample> samples, Grain grain) {
    Map<Instant, double[]> buckets = new HashMap<>();
    for (UsageSample sample : samples) {
      double[] bucket =
          buckets.computeIfAbsent(
              Instant.ofEpochMilli(grain.bucket(sample.endedAt().toEpochMilli())),
              _ -> new double[4]);
      double seconds = sample.period().toMillis() / 1000.0;
      bucket[0] += sample.usage().get(Resource.CPU_MILLICORES) * seconds;
      bucket[1] += seconds;
      bucket[2]++;
      bucket[3] = Math.max(bucket[3], (double) sample.usage().get(Resource.MEMORY_BYTES));
    }
    return buckets;
  }

  @Test
  void everyGrainHoldsWhatTheSamplesSayHoweverLateTheyCome() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var all = new ArrayList<UsageSample>();
    long time = 0;
    for (int i = 1; i <= 300; i++) {
      long period = 100L + random.nextInt(60_000);
      time += period + (random.nextInt(10) == 0 ? 600_000L : 0L);
      all.add(
          new UsageSample(
              "s",
              i,
              START.plusMillis(time),
              Duration.ofMillis(period),
              ResourceVector.of(
                  Map.of(
                      Resource.CPU_MILLICORES,
                      (long) random.nextInt(64_000),
                      Resource.MEMORY_BYTES,
                      random.nextLong(1L << 40))),
              Optional.empty(),
              Map.of()));
    }
    var late = new ArrayList<>(all);
    Collections.shuffle(late, random);
    for (int from = 0; from < late.size(); from += 40) {
      append(ADA, late.subList(from, Math.min(late.size(), from + 40)));
      series.fold(END, UsageSeries.SLOTS_MAX);
    }
    foldAll();
    foldAll();
    for (Grain grain : Grain.values()) {
      if (grain != Grain.SAMPLE) {
        Map<Instant, double[]> expected = model(all, grain);
        List<UsageRow> rows = read(query(grain));
        assertEquals(expected.size(), rows.size(), grain + ", seed " + seed);
        for (UsageRow row : rows) {
          double[] bucket = expected.getOrDefault(row.endedAt(), new double[4]);
          String where = grain + " " + row.endedAt() + ", seed " + seed;
          assertEquals(
              bucket[0] / bucket[1],
              (double) row.usage().get(Resource.CPU_MILLICORES),
              0.51,
              where);
          assertEquals(bucket[1], row.covered().toMillis() / 1000.0, 1e-6, where);
          assertEquals(bucket[2], (double) row.samples(), where);
          assertEquals(bucket[3], (double) row.usage().get(Resource.MEMORY_BYTES), 0, where);
        }
      }
    }
  }

  @Test
  void aBucketIsFoldedOnceItsTimeIsOver() {
    append(ADA, samples("s", 1, 61));
    assertEquals(0, series.fold(START.plusSeconds(59), 10));
    assertEquals(List.of(), read(query(Grain.MINUTE)));
    assertEquals(1, series.fold(START.plusSeconds(60), 10));
    assertEquals(60, read(query(Grain.MINUTE)).stream().mapToLong(UsageRow::samples).sum());
    assertEquals(List.of(), read(query(Grain.HOUR)));
  }

  @Test
  void bucketsOutliveTheirSamplesAndALateSampleTakesNothingAway() {
    append(ADA, samples("s", 1, 121));
    assertEquals(0, series.forget(Grain.SAMPLE, END), "what is not folded is not forgotten");
    foldAll();
    List<UsageRow> minutes = read(query(Grain.MINUTE));
    int forgotten = 0;
    for (int count = series.forget(Grain.SAMPLE, START.plusSeconds(61));
        count > 0;
        count = series.forget(Grain.SAMPLE, START.plusSeconds(61))) {
      forgotten += count;
    }
    assertEquals(60, forgotten);
    assertEquals(samples("s", 61, 121), readSamples());
    assertEquals(minutes, read(query(Grain.MINUTE)));
    assertEquals(120, series.acknowledged("s"), "watermarks stay");
    assertEquals(1, append(ADA, samples("s", 31, 32)));
    foldAll();
    assertEquals(minutes, read(query(Grain.MINUTE)));
    assertEquals(120, read(query(Grain.HOUR)).stream().mapToLong(UsageRow::samples).sum());
  }

  @Test
  void namesThatNoRowIsOfAreForgottenAndComeBackWithTheirSamples() {
    append(ADA, samples("s", 1, 40));
    foldAll();
    assertEquals(0, series.forgetNames(START));
    for (Grain grain : Grain.values()) {
      while (series.forget(grain, END) > 0) {
        // The next part.
      }
    }
    assertEquals(List.of(), readSamples());
    assertTrue(series.forgetNames(END) > 1);
    assertEquals(0, series.acknowledged("s"));
    assertEquals(39, append(ADA, samples("s", 1, 40)));
    assertEquals(samples("s", 1, 40), readSamples());
    assertEquals(samples("s", 20, 40), readSamples(new InputCondition.Between("rows", 2, 3)));
  }

  @Test
  void theCountersOfANodeThatLiesFoldToo() {
    var huge = new HardwareCounters(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
    for (long i = 1; i < 4; i++) {
      append(
          ADA,
          List.of(
              new UsageSample(
                  "s",
                  i,
                  START.plusSeconds(i),
                  Duration.ofSeconds(1),
                  ResourceVector.of(Resource.CPU_MILLICORES, ResourceVector.AMOUNT_MAX),
                  Optional.of(huge),
                  Map.of("all", new ApiCalls(Long.MAX_VALUE, Long.MAX_VALUE)),
                  Map.of())));
    }
    foldAll();
    UsageRow hour = read(query(Grain.HOUR)).getFirst();
    assertEquals(Long.MAX_VALUE, hour.counters().orElseThrow().cycles());
    assertEquals(ResourceVector.AMOUNT_MAX, hour.usage().get(Resource.CPU_MILLICORES));
    assertEquals(Long.MAX_VALUE, hour.apiCalls().getOrDefault("all", calls(0)).failed());
  }

  @Test
  void anImportRemembersHowFarItWent() {
    assertEquals(Optional.empty(), series.importedThrough("i"));
    series.importedThrough("i", START.plusSeconds(9));
    series.importedThrough("i", START.plusSeconds(5));
    assertEquals(Optional.of(START.plusSeconds(9)), series.importedThrough("i"));
    assertEquals(Optional.empty(), series.importedThrough("j"));
  }

  @Test
  void whatIsAskedIsBounded() {
    var much = of(ADA, samples("s", 1, UsageSeries.BATCH_MAX + 2));
    assertThrows(IllegalArgumentException.class, () -> series.append(much));
    assertThrows(IllegalArgumentException.class, () -> series.latest(ADA.name(), 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> series.read(query(Grain.HOUR), Optional.empty(), UsageSeries.LIMIT_MAX + 1));
    assertThrows(IllegalArgumentException.class, () -> series.fold(END, 0));
  }
}
