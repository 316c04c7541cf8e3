package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a drift is expected to lead to, by what is usual for the workload and what similar drifts
 * led to.
 *
 * @param growth by resource, the demand expected over that when the drift began: 1 is no change, at
 *     least {@code 1 / FACTOR_MAX} and at most {@code FACTOR_MAX} of {@link Onset}; absent where
 *     nothing is known
 * @param cases how many similar drifts it rests on, 0 to {@link DriftMemory#CASES_MAX}; of 0, it
 *     rests on what is usual alone
 */
public record Outlook(Map<Resource, Double> growth, int cases) {
  /** Copies, and keeps growth within its limits. */
  public Outlook {
    growth = Onset.limited(growth);
  }

  /** As a sentence without a full stop; empty where nothing is expected. */
  public String words() {
    if (growth.isEmpty()) {
      return "";
    }
    String why = cases == 0 ? "" : "after " + cases + " like it, ";
    return growth.entrySet().stream()
        .map(
            one ->
                String.format(
                    Locale.ROOT,
                    "%s %.2f times as much as now",
                    one.getKey().name(),
                    one.getValue()))
        .collect(Collectors.joining(", ", why, " is to be expected"));
  }
}
