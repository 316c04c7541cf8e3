package dev.holdfast.server.learn.model;

import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.series.Explanation;
import dev.holdfast.pam.forecast.series.Reasons;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.ModelId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How what is said of the series of a workload comes about. */
public sealed interface Account {
  /**
   * What is asked.
   *
   * @param inputs the production inputs then
   * @param horizon some time, of which the last band is meant
   */
  record Question(
      Resource resource, Quantile quantile, Map<String, InputValue> inputs, Horizon horizon) {}

  /** The workload does not go on: nothing is said of its series. */
  record NotGoingOn() implements Account {}

  /**
   * The resource was never used.
   *
   * @param used those that were
   */
  record Unused(List<Resource> used) implements Account {
    /** Copies. */
    public Unused {
      used = List.copyOf(used);
    }
  }

  /**
   * It goes on, and this is how.
   *
   * @param explanation of the step in the band of which most is said
   * @param amount what is expected of samples in it, which may swing above it
   * @param model the champion of the resource; empty where there is none
   * @param companions the other resources that the model was told of, in its order
   * @param reasons what moved the model's word; empty where there is none, or it cannot tell
   */
  record GoingOn(
      Explanation explanation,
      long amount,
      Optional<ModelId> model,
      List<Resource> companions,
      Optional<Reasons> reasons)
      implements Account {
    /** Copies. */
    public GoingOn {
      companions = List.copyOf(companions);
    }

    /** The same, with what moved the model's word. */
    GoingOn because(Reasons found) {
      return new GoingOn(explanation, amount, model, companions, Optional.of(found));
    }
  }
}
