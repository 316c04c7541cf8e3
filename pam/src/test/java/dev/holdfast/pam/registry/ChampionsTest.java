package dev.holdfast.pam.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Coverage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ChampionsTest {
  private static final Resource CPU = Resource.CPU_MILLICORES;
  private static final Resource MEMORY = Resource.MEMORY_BYTES;

  private static Evaluation loss(double loss) {
    return loss(loss, Evaluation.OUTCOMES_MIN);
  }

  private static Evaluation loss(double loss, long outcomes) {
    return new Evaluation(outcomes, loss, new Coverage(outcomes, 0, 0, 0, outcomes));
  }

  private static ModelCard card(
      int number, Map<Resource, Evaluation> figures, Map<Resource, Evaluation> champions) {
    Bytes artefact = Bytes.of((byte) number);
    return new ModelCard(
        ModelId.of(ModelKind.XGBOOST, artefact),
        ModelKind.XGBOOST,
        Sha256.of(artefact),
        1,
        Optional.of(Interval.from(Samples.NOON, Duration.ofDays(1))),
        1000,
        7,
        2,
        new TreeMap<>(Map.of("rounds", "100")),
        figures,
        champions,
        Samples.NOON);
  }

  private static final ModelCard FIRST =
      card(1, Map.of(CPU, loss(0.5), MEMORY, loss(0.4)), Map.of());
  private static final ModelCard SECOND =
      card(2, Map.of(CPU, loss(0.4), MEMORY, loss(0.45)), FIRST.figures());
  private static final Champions ONE = Champions.NONE.activate(FIRST, false, Samples.NOON);
  private static final Champions TWO = ONE.activate(SECOND, false, Samples.NOON);

  private static String state(org.junit.jupiter.api.function.Executable change) {
    Problem problem = assertThrows(Refusal.class, change).problem();
    return problem.facts().getOrDefault("state", "");
  }

  @Test
  void aFirstModelMustBeatRepeatingTheLastValue() {
    assertEquals(Set.of(CPU, MEMORY), ONE.led(FIRST.id()));
    ModelCard poor = card(3, Map.of(CPU, loss(1), MEMORY, loss(0.9)), Map.of());
    assertEquals(Set.of(MEMORY), Champions.NONE.activate(poor, false, Samples.NOON).led(poor.id()));
  }

  @Test
  void aChallengerTakesOverWhereItIsBetterAndNowhereElse() {
    assertEquals(Set.of(CPU), TWO.led(SECOND.id()));
    assertEquals(Set.of(MEMORY), TWO.led(FIRST.id()));
    assertEquals(Optional.of(SECOND.id()), TWO.of(CPU));
    assertEquals(Optional.of(FIRST.id()), TWO.of(MEMORY));
    assertTrue(TWO.remembers(FIRST.id()));
  }

  @Test
  void whatIsBetterByChanceOnlyIsNotBetter() {
    ModelCard close = card(4, Map.of(CPU, loss(0.496)), FIRST.figures());
    assertEquals("NOT_BETTER", state(() -> ONE.activate(close, false, Samples.NOON)));
    ModelCard few = card(5, Map.of(CPU, loss(0.1, 199)), FIRST.figures());
    assertEquals("NOT_BETTER", state(() -> ONE.activate(few, false, Samples.NOON)));
    ModelCard better = card(6, Map.of(CPU, loss(0.494)), FIRST.figures());
    assertEquals(Set.of(CPU), ONE.activate(better, false, Samples.NOON).led(better.id()));
  }

  @Test
  void byForceAnyModelForecastsAllThatItCan() {
    Champions forced = TWO.activate(FIRST, true, Samples.NOON);
    assertEquals(Set.of(CPU, MEMORY), forced.led(FIRST.id()));
    assertEquals(
        List.of(FIRST.id(), SECOND.id()), forced.lines().get(CPU), "nothing is in a line twice");
    assertEquals("NOT_BETTER", state(() -> forced.activate(FIRST, true, Samples.NOON)));
  }

  @Test
  void rollingBackPutsThePredecessorBackAndNotTwice() {
    Champions back = TWO.rollback(SECOND.id(), Samples.NOON);
    assertEquals(Set.of(CPU, MEMORY), back.led(FIRST.id()));
    assertFalse(back.remembers(SECOND.id()));
    assertEquals("NO_CHAMPION", state(() -> back.rollback(SECOND.id(), Samples.NOON)));
    assertEquals("WITHOUT_PREDECESSOR", state(() -> back.rollback(FIRST.id(), Samples.NOON)));
  }

  @Test
  void whatIsPinnedStaysUntilItIsLetGoOrMovedByForce() {
    Champions pinned = ONE.pinned(FIRST.id(), true, Samples.NOON);
    assertEquals(Set.of(CPU, MEMORY), pinned.pinned());
    assertEquals("HELD_BY_A_PIN", state(() -> pinned.activate(SECOND, false, Samples.NOON)));
    assertEquals(Set.of(CPU, MEMORY), pinned.activate(SECOND, true, Samples.NOON).led(SECOND.id()));
    Champions free = pinned.pinned(FIRST.id(), false, Samples.NOON);
    assertEquals(Set.of(CPU), free.activate(SECOND, false, Samples.NOON).led(SECOND.id()));
    Champions second = TWO.pinned(SECOND.id(), true, Samples.NOON);
    assertEquals("PINNED", state(() -> second.rollback(SECOND.id(), Samples.NOON)));
    assertEquals("NO_CHAMPION", state(() -> ONE.pinned(SECOND.id(), true, Samples.NOON)));
  }

  @Test
  void whereAModelCannotBeUsedTheOneBeforeItStandsIn() {
    Champions left = TWO.usable(id -> !id.equals(SECOND.id()));
    assertEquals(Set.of(CPU, MEMORY), left.led(FIRST.id()));
    assertEquals(Map.of(), TWO.usable(_ -> false).lines());
  }

  @Test
  void aLineRemembersABoundedNumberOfModels() {
    Champions champions = Champions.NONE;
    for (int i = 10; i < 30; i++) {
      champions = champions.activate(card(i, Map.of(CPU, loss(0.5)), Map.of()), true, Samples.NOON);
    }
    assertEquals(
        Champions.LINE_MAX, Optional.ofNullable(champions.lines().get(CPU)).orElseThrow().size());
  }
}
