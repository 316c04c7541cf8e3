package dev.holdfast.pam.control;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** Moves a hold towards what is used, one controller for each resource in use. */
public final class Adjuster {
  private Adjuster() {}

  /**
   * What a hold is adjusted to.
   *
   * @param used the recent usage: mean rates, and peaks of memory and storage
   * @param floor what it must not shrink below, such as the forecast's p99; zero if there is none
   */
  public record Demand(ResourceVector used, ResourceVector floor) {}

  /**
   * What came of it.
   *
   * @param adjustment what to do
   * @param states the controllers, for the next time
   */
  public record Adjusted(Adjustment adjustment, Map<Resource, PidState> states) {
    /** Copies. */
    public Adjusted {
      EnumMap<Resource, PidState> copy = new EnumMap<>(Resource.class);
      copy.putAll(states);
      states = Collections.unmodifiableMap(copy);
    }
  }

  /**
   * One adjustment. No resource moves by more than the largest step, but for memory and other peaks
   * of which more is in use than held: those get at once what is in use, and never less.
   *
   * @param hold what is held
   * @param demand what is used, and what must be left
   * @param rules target, gains and limits
   * @param states the controllers as they were left; missing ones begin anew
   * @param elapsed since the time before, above zero
   */
  public static Adjusted adjust(
      Hold hold,
      Demand demand,
      ControlRules rules,
      Map<Resource, PidState> states,
      Duration elapsed) {
    ResourceVector amount = hold.amount();
    Map<Resource, PidState> next = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      long held = hold.amount().get(resource);
      long used = demand.used().get(resource);
      if (held > 0 && used > 0) {
        // The reserve that is unused, as a share of the hold: too little of it means to grow.
        double unused = 1 - (double) used / held;
        Pid.Reading reading = new Pid.Reading(1 - rules.targetRatio(), unused);
        PidState state = states.getOrDefault(resource, PidState.INITIAL);
        Pid.Step step = Pid.step(rules.gains(), rules.stepRatioMax(), state, reading, elapsed);
        next.put(resource, step.state());
        amount = amount.with(resource, sized(resource, held, demand, rules, step.output()));
      }
    }
    return new Adjusted(judge(hold, amount, rules), next);
  }

  private static long sized(
      Resource resource, long held, Demand demand, ControlRules rules, double change) {
    long step = (long) Math.floor(held * rules.stepRatioMax());
    long lowest = Math.max(rules.minimum().get(resource), demand.floor().get(resource));
    long wished = held + Math.round(held * change);
    if (wished < held) {
      // What must be left only stops a hold from shrinking.
      wished = Math.min(held, Math.max(wished, lowest));
    }
    long sized = Math.clamp(wished, held - step, held + step);
    if (Math.abs(sized - held) < rules.hysteresisRatio() * held) {
      sized = held;
    }
    if (!resource.isRate()) {
      sized = Math.max(sized, demand.used().get(resource));
    }
    return Math.clamp(sized, 1, ResourceVector.AMOUNT_MAX);
  }

  private static Adjustment judge(Hold hold, ResourceVector amount, ControlRules rules) {
    if (amount.equals(hold.amount())) {
      return new Adjustment.Keep();
    }
    for (Resource resource : Resource.values()) {
      long attested = hold.attestedAmount().get(resource);
      long change = Math.abs(amount.get(resource) - attested);
      boolean moves = amount.get(resource) != hold.amount().get(resource);
      if (moves && change > rules.reattestRatio() * attested) {
        return new Adjustment.AttestFirst(amount);
      }
    }
    return new Adjustment.Resize(amount);
  }
}
