package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Baseline;
import dev.holdfast.pam.profile.Baseline.Spread;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How workloads of one type behave, and what came of it when one behaved otherwise. It is for one
 * thread.
 */
public final class DriftWatch {
  /** A drift that has lasted for so many looks is usual for the type from then on. */
  private static final int USUAL_AFTER = 8;

  /** From this part of the threshold on it is remembered what came, though it is not told of. */
  private static final double REMEMBERED_MIN = 0.75;

  private Baseline type = Baseline.EMPTY;
  private DriftMemory memory = DriftMemory.EMPTY;

  /** One workload of the type. */
  public static final class Subject {
    private Baseline own = Baseline.EMPTY;

    /** Natural logarithms of what it used. */
    private final Map<Resource, Spread> usual = new EnumMap<>(Resource.class);

    private int moved;
    private Optional<Since> since = Optional.empty();

    private void learn(Look look) {
      own = own.plus(look.fingerprint());
      look.used()
          .forEach(
              (resource, used) ->
                  usual.merge(
                      resource,
                      Spread.of(Math.log(used)),
                      (known, _) -> known.plus(Math.log(used))));
    }

    private Map<Resource, Double> excess(Map<Resource, Double> used) {
      EnumMap<Resource, Double> excess = new EnumMap<>(Resource.class);
      used.forEach(
          (resource, now) ->
              Optional.ofNullable(usual.get(resource))
                  .ifPresent(known -> excess.put(resource, now / Math.exp(known.mean()))));
      return excess;
    }
  }

  /** A drift, and what was used on average when it was found. */
  private record Since(Onset onset, Map<Resource, Double> used) {
    DriftMemory.Case led(Map<Resource, Double> after) {
      EnumMap<Resource, Double> growth = new EnumMap<>(Resource.class);
      used.forEach(
          (resource, before) -> growth.put(resource, after.getOrDefault(resource, 0.0) / before));
      return new DriftMemory.Case(onset, growth);
    }
  }

  /** What past drifts led to. */
  public DriftMemory memory() {
    return memory;
  }

  /**
   * Looks at a workload: a drift is a finding when it begins. What was used at the look after that
   * is what the drift led to.
   */
  public Optional<Finding> next(Subject subject, Look look) {
    subject.since.ifPresent(since -> memory = memory.plus(since.led(look.used())));
    Optional<Drift> drift = Drift.between(subject.own.over(type), look.fingerprint());
    subject.since =
        drift
            .filter(move -> move.magnitude() >= REMEMBERED_MIN * move.threshold())
            .map(move -> new Since(new Onset(move, subject.excess(look.used())), look.used()));
    subject.moved = drift.filter(Drift::moved).isPresent() ? subject.moved + 1 : 0;
    subject.learn(look);
    if (subject.moved == 0 || subject.moved > USUAL_AFTER) {
      // Who drifts does not teach what is usual for others: else the next one would not show.
      type = type.plus(look.fingerprint());
    }
    return subject.moved == 1
        ? subject.since.map(since -> finding(since.onset(), look))
        : Optional.empty();
  }

  private Finding finding(Onset onset, Look look) {
    Drift drift = onset.drift();
    Outlook outlook = memory.expect(onset, look.load());
    return new Finding(
        Finding.Kind.DRIFT,
        Optional.empty(),
        look.sample(),
        OptionalLong.empty(),
        drift.magnitude(),
        drift.threshold(),
        outlook.growth().isEmpty() ? drift.words() : drift.words() + "; " + outlook.words(),
        Optional.of(new DriftDetail(drift, outlook)));
  }
}
