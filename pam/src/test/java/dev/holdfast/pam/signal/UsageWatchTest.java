package dev.holdfast.pam.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Fingerprint;
import dev.holdfast.pam.signal.Finding.Kind;
import dev.holdfast.pam.signal.SignalRules.Choice;
import dev.holdfast.pam.signal.SignalRules.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UsageWatchTest {
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final String SUBJECT = "tenants/acme/reservations/r/grants/g";

  private static UsageSample sample(int row, long millicores, long memory) {
    return Samples.sample(
        SUBJECT,
        row + 1,
        Samples.NOON.plus(PERIOD.multipliedBy(row)),
        PERIOD,
        ResourceVector.of(
            Map.of(Resource.CPU_MILLICORES, millicores, Resource.MEMORY_BYTES, memory)));
  }

  private static List<UsageSample> ordinary(int rows) {
    Random random = new Random(11);
    List<UsageSample> samples = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      samples.add(sample(row, 400 + random.nextInt(50), (1 << 28) + random.nextInt(1 << 22)));
    }
    return samples;
  }

  private static List<Finding> findings(List<UsageSample> samples) {
    UsageWatch watch = new UsageWatch();
    List<Finding> findings = new ArrayList<>();
    samples.forEach(sample -> findings.addAll(watch.next(sample, Optional.empty())));
    return findings;
  }

  @Test
  void aLeakOfWhichNoValueIsStrangeIsToldOfAndNotAgainAtEachSample() {
    Random random = new Random(12);
    List<UsageSample> samples = new ArrayList<>();
    for (int row = 0; row < 400; row++) {
      samples.add(sample(row, 400, (1L << 28) + row * (1L << 19) + random.nextInt(1 << 20)));
    }
    List<Finding> leaks =
        findings(samples).stream().filter(finding -> finding.score() == 1).toList();
    assertEquals(3, leaks.size(), leaks + "");
    assertTrue(leaks.stream().allMatch(finding -> finding.kind() == Kind.LEAK), leaks + "");
    assertEquals(UsageWatch.LATEST_MAX, leaks.getFirst().sample().sequence());
  }

  @Test
  void aSpikeIsNoneWhereTheForecastHasIt() {
    UsageWatch watch = new UsageWatch();
    UsageWatch told = new UsageWatch();
    ordinary(300)
        .forEach(
            sample -> {
              watch.next(sample, Optional.empty());
              told.next(sample, Optional.empty());
            });
    UsageSample spike = sample(300, 3000, 1 << 28);
    Finding finding = watch.next(spike, Optional.empty()).getFirst();
    assertEquals(Kind.SPIKE, finding.kind());
    assertEquals(Optional.of(Resource.CPU_MILLICORES), finding.resource());
    Optional<Quantiles> forecast = Optional.of(Quantiles.constant(spike.usage()));
    assertEquals(List.of(), told.next(spike, forecast));
  }

  @Test
  void accountsThatDisagreeAreAFinding() {
    List<UsageSample> samples = ordinary(60);
    for (int row = 60; row < 64; row++) {
      UsageSample plain = sample(row, 100, 1 << 28);
      samples.add(
          new UsageSample(
              SUBJECT,
              plain.sequence(),
              plain.endedAt(),
              PERIOD,
              plain.usage(),
              Optional.of(new HardwareCounters(1, 90_000_000_000L, 0, 0)),
              Map.of()));
    }
    List<Finding> found = findings(samples);
    assertEquals(List.of(Kind.COUNTER_MISMATCH), found.stream().map(Finding::kind).toList());
    assertEquals(63, found.getFirst().sample().sequence(), "at the third that disagrees");
  }

  @Test
  void theSameSamplesAlwaysLeadToTheSameFindings() {
    List<UsageSample> samples = ordinary(500);
    samples.add(sample(500, 9000, 1 << 30));
    assertFalse(findings(samples).isEmpty());
    assertEquals(findings(samples), findings(samples));
  }

  @Test
  void aLookIsAtSamplesThatNoneWasAtBefore() {
    UsageWatch watch = new UsageWatch();
    ResourceVector held = ResourceVector.of(Resource.CPU_MILLICORES, 850);
    List<Long> rows = new ArrayList<>();
    for (UsageSample sample : ordinary(100)) {
      watch.next(sample, Optional.empty());
      watch
          .look(held)
          .ifPresent(
              look -> {
                rows.add(look.sample().sequence());
                assertEquals(425, look.used().getOrDefault(Resource.CPU_MILLICORES, 0.0), 10);
                assertEquals(0.5, look.load().getOrDefault(Resource.CPU_MILLICORES, 0.0), 0.02);
                assertEquals(0, look.load().getOrDefault(Resource.MEMORY_BYTES, 1.0));
              });
    }
    assertEquals(List.of(30L, 60L, 90L), rows);
  }

  @Test
  void whatNoRuleNamesIsOnlyToldOf() {
    Choice choice = SignalRules.DEFAULT.choose(Kind.LEAK, List.of(), Samples.NOON);
    assertEquals(new Choice(Remedy.ALERT, Outcome.DONE), choice);
  }

  @Test
  void aDryRunCarriesNothingOut() {
    SignalRules rules = new SignalRules(Map.of(Kind.LEAK, Remedy.TERMINATE), true, 10, 0.5);
    assertEquals(
        new Choice(Remedy.TERMINATE, Outcome.DRY_RUN),
        rules.choose(Kind.LEAK, List.of(), Samples.NOON));
  }

  @Test
  void noMoreIsCarriedOutWithinAnHourThanAllowed() {
    SignalRules rules = new SignalRules(Map.of(Kind.SPIKE, Remedy.ISOLATE), false, 2, 0.5);
    Instant earlier = Samples.NOON.minus(Duration.ofMinutes(59));
    Instant longAgo = Samples.NOON.minus(Duration.ofMinutes(60));
    assertEquals(
        Outcome.INTENDED,
        rules.choose(Kind.SPIKE, List.of(earlier, longAgo), Samples.NOON).outcome());
    assertEquals(
        Outcome.HELD_BACK,
        rules.choose(Kind.SPIKE, Collections.nCopies(2, earlier), Samples.NOON).outcome());
    assertEquals(
        Outcome.DONE,
        rules.choose(Kind.STALL, Collections.nCopies(9, earlier), Samples.NOON).outcome(),
        "alerts have no limit");
  }

  @Test
  void aDriftIsToldOfWhenItBeginsAndWhatItLedToIsLearnt() {
    DriftWatch type = new DriftWatch();
    DriftWatch.Subject usual = new DriftWatch.Subject();
    for (int i = 0; i < 20; i++) {
      assertEquals(Optional.empty(), type.next(usual, look(0, 100, i)));
    }
    for (int i = 20; i < 26; i += 2) {
      DriftWatch.Subject one = new DriftWatch.Subject();
      Finding begins = type.next(one, look(10, 100, i)).orElseThrow();
      assertEquals(Kind.DRIFT, begins.kind());
      assertFalse(begins.words().contains("1.73"), begins.words());
      assertEquals(Optional.empty(), type.next(one, look(10, 300, i + 1)), "it goes on");
    }
    Finding next = type.next(new DriftWatch.Subject(), look(10, 100, 26)).orElseThrow();
    assertTrue(
        next.words()
            .endsWith(
                "; after 3 like it, CPU_MILLICORES 1.73 times as much as now is to be expected"),
        next.words());
    Outlook outlook = next.drift().orElseThrow().outlook();
    assertEquals(3, outlook.cases());
    assertEquals(Math.sqrt(3), outlook.growth().getOrDefault(Resource.CPU_MILLICORES, 0.0), 1e-9);
  }

  @Test
  void whoIsUnlikeOthersAndStaysSoIsToldOfOnce() {
    DriftWatch type = new DriftWatch();
    DriftWatch.Subject usual = new DriftWatch.Subject();
    DriftWatch.Subject odd = new DriftWatch.Subject();
    int told = 0;
    for (int i = 0; i < 200; i++) {
      assertEquals(Optional.empty(), type.next(usual, look(0.1 * (i % 3), 100, i)));
      told += i < 20 ? 0 : type.next(odd, look(10 + 0.1 * (i % 3), 100, i)).isPresent() ? 1 : 0;
    }
    assertEquals(1, told);
    assertTrue(type.next(odd, look(0, 100, 201)).isPresent(), "but becoming like others is news");
  }

  /** At half of what is held, so that of a growth to three times the root is to be expected. */
  private static Look look(double cacheMisses, double used, int row) {
    return new Look(
        new Fingerprint(
            Fingerprint.VERSION,
            Map.of(
                Fingerprint.Component.CACHE_MISSES_PER_KILOINSTRUCTION,
                cacheMisses,
                Fingerprint.Component.CPU_BURST,
                0.1)),
        Map.of(Resource.CPU_MILLICORES, used),
        Map.of(Resource.CPU_MILLICORES, 0.5),
        sample(row, 100, 1));
  }
}
