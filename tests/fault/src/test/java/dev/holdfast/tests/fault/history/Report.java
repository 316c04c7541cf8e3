package dev.holdfast.tests.fault.history;

import dev.holdfast.tests.fault.history.Finding.Rule;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be said of a history.
 *
 * @param operations how many calls it has
 * @param steps how many steps on nodes were put in an order
 * @param widest the most configurations that were possible at once on a node
 * @param findings everything that is broken; empty: nothing
 */
public record Report(int operations, long steps, int widest, List<Finding> findings) {
  private static final int FINDINGS_SHOWN = 8;

  /** Judges a history. */
  public static Report of(History history) {
    var findings = new ArrayList<Finding>();
    long steps = 0;
    int widest = 0;
    for (var part : Partition.of(history).entrySet()) {
      long capacity = history.site().capacities().getOrDefault(part.getKey(), 0L);
      switch (Checker.check(capacity, part.getValue())) {
        case Verdict.Linearizable(int taken, int most) -> {
          steps += taken;
          widest = Math.max(widest, most);
        }
        case Verdict.Violated(int taken, List<String> excerpt) ->
            findings.add(
                new Finding(
                    Rule.LINEARIZABLE,
                    "node %s, after %d of %d answers:%n    %s"
                        .formatted(
                            part.getKey(),
                            taken,
                            part.getValue().size(),
                            String.join("\n    ", excerpt))));
        case Verdict.Undecided(String why) ->
            findings.add(
                new Finding(Rule.LINEARIZABLE, "node " + part.getKey() + " was given up: " + why));
      }
    }
    findings.addAll(Invariants.brokenIn(history));
    return new Report(history.operations().size(), steps, widest, List.copyOf(findings));
  }

  /** Whether a rule is broken. */
  public boolean broken(Rule rule) {
    return findings.stream().anyMatch(finding -> finding.rule() == rule);
  }

  /** The findings in words, the first of them where there are many. */
  public String words() {
    var lines = new ArrayList<String>();
    lines.add(
        "%d calls, %d steps in order, %d configurations at most, %d findings"
            .formatted(operations, steps, widest, findings.size()));
    findings.stream().limit(FINDINGS_SHOWN).forEach(finding -> lines.add(finding.toString()));
    return String.join("\n", lines);
  }
}
