package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Baseline;
import dev.holdfast.pam.profile.Fingerprint;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * How workloads of one type behave, and what came of it when one behaved otherwise. It is for one
 * thread.
 */
public final class DriftWatch {
  /** A drift that has lasted for so many looks is usual behaviour from then on. */
  private static final int USUAL_AFTER = 8;

  private Baseline baseline = Baseline.EMPTY;
  private DriftMemory memory = DriftMemory.EMPTY;

  /** One workload of the type. */
  public static final class Subject {
    private int moved;
    private Optional<Since> since = Optional.empty();
  }

  /** A drift, and what was used on average when it was found. */
  private record Since(Drift drift, Map<Resource, Double> used) {}

  /**
   * One look at a workload.
   *
   * @param fingerprint how it behaves now
   * @param used what it uses on average
   * @param load the share of what is held that it uses, 0 to 1
   * @param sample the latest that the fingerprint is of
   */
  public record Look(
      Fingerprint fingerprint,
      Map<Resource, Double> used,
      Map<Resource, Double> load,
      UsageSample sample) {
    /** Copies. */
    public Look {
      used = Map.copyOf(used);
      load = Map.copyOf(load);
    }
  }

  /**
   * Looks at a workload: a drift is a finding when it begins. What was used at the look after that
   * is what the drift led to.
   */
  public Optional<Finding> next(Subject subject, Look look) {
    Optional<Drift> drift = Drift.between(baseline, look.fingerprint());
    subject.since.ifPresent(since -> memory = memory.plus(outcome(since, look.used())));
    subject.since = Optional.empty();
    subject.moved = drift.filter(Drift::moved).isPresent() ? subject.moved + 1 : 0;
    if (subject.moved == 0 || subject.moved > USUAL_AFTER) {
      // Who drifts does not teach what is usual: else the next one would not show.
      baseline = baseline.plus(look.fingerprint());
    }
    if (subject.moved != 1) {
      return Optional.empty();
    }
    Drift found = drift.orElseThrow();
    subject.since = Optional.of(new Since(found, look.used()));
    String words = found.words() + led(memory.expect(found, look.load()));
    return Optional.of(
        new Finding(
            Finding.Kind.DRIFT,
            Optional.empty(),
            look.sample(),
            OptionalLong.empty(),
            found.magnitude(),
            Drift.MAGNITUDE_MIN,
            words));
  }

  private static DriftMemory.Case outcome(Since since, Map<Resource, Double> used) {
    Map<Resource, Double> growth = new EnumMap<>(Resource.class);
    since
        .used()
        .forEach(
            (resource, before) -> {
              if (before > 0) {
                growth.put(resource, used.getOrDefault(resource, 0.0) / before);
              }
            });
    return new DriftMemory.Case(since.drift(), Collections.unmodifiableMap(growth));
  }

  private static String led(DriftMemory.Expected expected) {
    if (expected.growth().isEmpty()) {
      return "";
    }
    return "; after "
        + expected.cases()
        + " like it, "
        + expected.growth().entrySet().stream()
            .map(
                one ->
                    String.format(
                        Locale.ROOT,
                        "%s %.2f times as much as now",
                        one.getKey().name(),
                        one.getValue()))
            .collect(Collectors.joining(", "))
        + " is to be expected";
  }
}
