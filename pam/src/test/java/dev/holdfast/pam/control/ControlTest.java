package dev.holdfast.pam.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ControlTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Gains GAINS = new Gains(0.5, 0.2, 0.1);

  @Test
  void afterLongSaturationTheControllerRecoversWithinAFewSteps() {
    PidState state = PidState.INITIAL;
    for (int i = 0; i < 10_000; i++) {
      state = Pid.step(GAINS, 0.1, state, new Pid.Reading(1, 0), SECOND).state();
    }
    int steps = 0;
    double output = 1;
    while (output >= 0) {
      Pid.Step step = Pid.step(GAINS, 0.1, state, new Pid.Reading(0, 0.2), SECOND);
      state = step.state();
      output = step.output();
      steps++;
    }
    assertTrue(steps <= 3, steps + " steps to turn round");
  }

  @Test
  void theIntegralTakesAwayWhatTheProportionalPartLeaves() {
    // A plant that loses a twentieth of itself at each step.
    double value = 0;
    PidState state = PidState.INITIAL;
    for (int i = 0; i < 500; i++) {
      Pid.Step step = Pid.step(GAINS, 0.5, state, new Pid.Reading(1, value), SECOND);
      state = step.state();
      value = value * 0.95 + step.output();
    }
    assertEquals(1, value, 1e-3);
  }

  @Test
  void aNewTargetIsNoShockToTheDerivative() {
    Gains derivativeOnly = new Gains(0, 0, 100);
    PidState state =
        Pid.step(derivativeOnly, 1, PidState.INITIAL, new Pid.Reading(0, 0.5), SECOND).state();
    assertEquals(
        0, Pid.step(derivativeOnly, 1, state, new Pid.Reading(1, 0.5), SECOND).output(), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void stepsAreBoundedAndMemoryNeverFallsBelowWhatIsInUse(long seed) {
    RandomGenerator random = Samples.random(seed);
    ControlRules rules = ControlRules.DEFAULT;
    Hold hold = Hold.of(Samples.SMALL, Samples.CHAIN);
    Map<Resource, PidState> states = Map.of();
    for (int i = 0; i < 2000; i++) {
      long cpu = random.nextLong(2000);
      long memory = random.nextLong(hold.amount().get(Resource.MEMORY_BYTES) + 1);
      ResourceVector used =
          ResourceVector.of(
              Map.of(Resource.CPU_MILLICORES, cpu, Resource.MEMORY_BYTES, memory));
      Adjuster.Adjusted adjusted =
          Adjuster.adjust(
              hold, new Adjuster.Demand(used, ResourceVector.ZERO), rules, states, SECOND);
      states = adjusted.states();
      ResourceVector next =
          switch (adjusted.adjustment()) {
            case Adjustment.Keep _ -> hold.amount();
            case Adjustment.Resize resize -> resize.amount();
            case Adjustment.AttestFirst first -> first.amount();
          };
      for (Resource resource : Resource.values()) {
        long before = hold.amount().get(resource);
        long moved = Math.abs(next.get(resource) - before);
        assertTrue(
            moved <= Math.max(1, rules.stepRatioMax() * before),
            "seed " + seed + ", turn " + i + ": " + resource + " moved " + moved);
      }
      assertTrue(next.get(Resource.MEMORY_BYTES) >= memory, "seed " + seed + ", turn " + i);
      hold = hold.resized(next);
    }
  }

  @Test
  void aHoldSettlesWhereTheTargetShareOfItIsInUse() {
    Hold hold = Hold.of(ResourceVector.of(Resource.CPU_MILLICORES, 4000), Samples.CHAIN);
    Adjuster.Demand demand =
        new Adjuster.Demand(
            ResourceVector.of(Resource.CPU_MILLICORES, 800), ResourceVector.ZERO);
    Map<Resource, PidState> states = Map.of();
    boolean attested = false;
    for (int i = 0; i < 100; i++) {
      Adjuster.Adjusted adjusted =
          Adjuster.adjust(
              hold, demand, ControlRules.DEFAULT, states, Duration.ofSeconds(15));
      states = adjusted.states();
      switch (adjusted.adjustment()) {
        case Adjustment.Keep _ -> {}
        case Adjustment.Resize resize -> hold = hold.resized(resize.amount());
        case Adjustment.AttestFirst first -> {
          attested = true;
          hold = hold.attested(Samples.CHAIN).resized(first.amount());
        }
      }
    }
    assertTrue(attested, "a change by more than half is attested first");
    double ratio = 800.0 / hold.amount().get(Resource.CPU_MILLICORES);
    assertEquals(0.8, ratio, 0.1);
  }

  @Test
  void aChangeAboveTheRatioIsAttestedFirst() {
    Hold small =
        new Hold(
            ResourceVector.of(Resource.CPU_MILLICORES, 1490),
            ResourceVector.of(Resource.CPU_MILLICORES, 1000),
            Samples.PATH,
            Samples.CHAIN,
            3);
    Adjuster.Demand all =
        new Adjuster.Demand(
            ResourceVector.of(Resource.CPU_MILLICORES, 1490), ResourceVector.ZERO);
    Adjuster.Adjusted adjusted =
        Adjuster.adjust(small, all, ControlRules.DEFAULT, Map.of(), SECOND);
    assertInstanceOf(Adjustment.AttestFirst.class, adjusted.adjustment());
  }

  @Test
  void whatIsNotInUseAndWhatTheForecastAsksForIsLeftAlone() {
    Hold hold = Hold.of(Samples.SMALL, Samples.CHAIN);
    Adjuster.Demand idle =
        new Adjuster.Demand(
            ResourceVector.of(Resource.CPU_MILLICORES, 10), Samples.SMALL.scale(2));
    assertInstanceOf(
        Adjustment.Keep.class,
        Adjuster.adjust(hold, idle, ControlRules.DEFAULT, Map.of(), SECOND).adjustment());
  }

  @Test
  void gainsOutOfRangeAreRefused() {
    assertThrows(Refusal.class, () -> new Gains(Double.NaN, 0, 0));
    assertThrows(Refusal.class, () -> new Gains(11, 0, 0));
    assertThrows(Refusal.class, () -> new Gains(1, -0.1, 0));
  }
}
