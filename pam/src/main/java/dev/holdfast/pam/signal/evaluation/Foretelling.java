package dev.holdfast.pam.signal.evaluation;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.signal.DriftMemory;
import dev.holdfast.pam.signal.DriftMemory.Case;
import dev.holdfast.pam.signal.Onset;
import dev.holdfast.pam.signal.Outlook;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A way to tell from past drifts what one now leads to. */
public enum Foretelling {
  /** As much as now. */
  NO_CHANGE {
    @Override
    double log(Known known, Resource resource) {
      return 0;
    }
  },
  /** What past drifts led to on average, whichever they were. */
  ALL_DRIFTS {
    @Override
    double log(Known known, Resource resource) {
      return mean(known.memory().cases(), resource, _ -> 1);
    }
  },
  /** What the nearest drifts led to on average, the nearer the more each counts. */
  NEAREST {
    @Override
    double log(Known known, Resource resource) {
      Onset onset = known.onset();
      List<Case> nearest =
          known.memory().cases().stream()
              .filter(past -> similarity(onset, past) > 0)
              .sorted(Comparator.comparingDouble(past -> -similarity(onset, past)))
              .limit(NEAREST_MAX)
              .toList();
      return mean(nearest, resource, past -> similarity(onset, past));
    }
  },
  /** The same, taken by the share of capacity that is not in use: 1 - load. */
  NEAREST_BY_LOAD {
    @Override
    double log(Known known, Resource resource) {
      return NEAREST.log(known, resource) * (1 - known.load().getOrDefault(resource, 0.0));
    }
  },
  /** All that is used beyond the usual goes away. */
  BACK_TO_USUAL {
    @Override
    double log(Known known, Resource resource) {
      return -Math.log(known.onset().excess().getOrDefault(resource, 1.0));
    }
  },
  /** What a signal says: {@link DriftMemory#expect}. */
  SIGNAL {
    @Override
    double log(Known known, Resource resource) {
      return Math.log(known.outlook().growth().getOrDefault(resource, 1.0));
    }
  };

  private static final int NEAREST_MAX = 5;

  /**
   * What is known when a drift is found.
   *
   * @param memory what past drifts led to
   * @param onset how this one begins
   * @param load by resource, the share of capacity in use, 0 to 1
   * @param outlook what the signal says
   */
  record Known(DriftMemory memory, Onset onset, Map<Resource, Double> load, Outlook outlook) {}

  /** The natural logarithm of the growth of a resource; 0 where nothing can be told. */
  abstract double log(Known known, Resource resource);

  private interface Weight {
    double of(Case past);
  }

  private static double similarity(Onset onset, Case past) {
    return onset.drift().similarity(past.onset().drift());
  }

  private static double mean(List<Case> cases, Resource resource, Weight weight) {
    double weights = 0;
    double logs = 0;
    for (Case past : cases) {
      Double growth = past.growth().get(resource);
      if (growth != null) {
        weights += weight.of(past);
        logs += weight.of(past) * Math.log(growth);
      }
    }
    return weights == 0 ? 0 : logs / weights;
  }
}
