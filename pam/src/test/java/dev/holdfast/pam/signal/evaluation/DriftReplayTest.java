package dev.holdfast.pam.signal.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.evaluation.DriftReplay.Score;
import dev.holdfast.pam.signal.evaluation.DriftReplay.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DriftReplayTest {
  private static final Duration PERIOD = Duration.ofMinutes(5);
  private static final int LOOK = 30;
  private static final int LOOKS = 200;

  /** Every twentieth look it sends ten times as much, and uses four times the CPU, for one look. */
  private static List<Step> bursts(int seed) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < LOOKS * LOOK; i++) {
      boolean burst = i / LOOK % 20 == 19 - seed % 10;
      double cpu = (burst ? 800 : 200) * (0.9 + 0.2 * random.nextDouble());
      double network = cpu * (burst ? 50_000 : 5_000) * (0.9 + 0.2 * random.nextDouble());
      steps.add(step(i, cpu, network));
    }
    return steps;
  }

  private static Step step(int row, double cpu, double network) {
    ResourceVector used =
        ResourceVector.of(
            Map.of(
                Resource.CPU_MILLICORES,
                Math.round(cpu),
                Resource.MEMORY_BYTES,
                1L << 28,
                Resource.NETWORK_BYTES_PER_SECOND,
                Math.round(network)));
    return new Step(
        new UsageSample("", row + 1L, at(row + 1), PERIOD, used, Optional.empty(), Map.of()),
        ResourceVector.of(Resource.CPU_MILLICORES, 2000));
  }

  private static Instant at(int row) {
    return Instant.EPOCH.plus(PERIOD.multipliedBy(row));
  }

  private static DriftReplay replay(int from, int until) {
    DriftReplay replay = new DriftReplay();
    replay.run(List.of(bursts(1), bursts(2), bursts(3)), at(from * LOOK), at(until * LOOK));
    return replay;
  }

  private static double error(DriftReplay replay, Foretelling way) {
    Score cpu = Optional.ofNullable(replay.scores().get(Resource.CPU_MILLICORES)).orElseThrow();
    assertEquals(replay.drifts(), cpu.drifts());
    return Optional.ofNullable(cpu.errors().get(way)).orElseThrow();
  }

  @Test
  void burstsThatFallBackAreForetold() {
    DriftReplay replay = replay(LOOKS / 2, LOOKS);
    assertTrue(replay.drifts() >= 10, replay.drifts() + " drifts");
    assertEquals(Math.log(4), error(replay, Foretelling.NO_CHANGE), 0.1);
    assertTrue(error(replay, Foretelling.SIGNAL) < 0.3, replay.scores() + "");
    assertTrue(
        error(replay, Foretelling.NEAREST_BY_LOAD) > error(replay, Foretelling.NEAREST),
        "of what falls back nothing is left to grow into");
  }

  @Test
  void whatComesLaterChangesNothing() {
    DriftReplay whole = new DriftReplay();
    DriftReplay part = new DriftReplay();
    List<List<Step>> all = List.of(bursts(1), bursts(2));
    whole.run(all, at(0), at(LOOKS / 2 * LOOK + 1));
    part.run(
        all.stream().map(steps -> steps.subList(0, steps.size() / 2)).toList(),
        at(0),
        at(LOOKS * LOOK));
    assertTrue(whole.drifts() > 0);
    assertEquals(whole.scores(), part.scores());
  }

  @Test
  void whatIsBeforeTheTimeThatCountsOnlyTeaches() {
    DriftReplay replay = replay(LOOKS - 1, LOOKS);
    assertEquals(0, replay.drifts());
    assertEquals(3, replay.looks());
    assertEquals(Map.of(), replay.scores());
  }
}
