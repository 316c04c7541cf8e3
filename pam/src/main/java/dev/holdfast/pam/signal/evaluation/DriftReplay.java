package dev.holdfast.pam.signal.evaluation;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.DriftDetail;
import dev.holdfast.pam.signal.DriftMemory;
import dev.holdfast.pam.signal.DriftMemory.Case;
import dev.holdfast.pam.signal.DriftWatch;
import dev.holdfast.pam.signal.Look;
import dev.holdfast.pam.signal.evaluation.Foretelling.Known;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Replays what workloads of one type used, as if it came in now, and compares what is said of needs
 * when a drift is found with what was used next. It is for one thread.
 */
public final class DriftReplay {
  private final DriftWatch watch = new DriftWatch();
  private final Map<Resource, EnumMap<Foretelling, Double>> errors = new EnumMap<>(Resource.class);
  private final Map<Resource, Integer> counts = new EnumMap<>(Resource.class);
  private int looks;
  private int drifts;

  /**
   * What a workload used in one step.
   *
   * @param sample what an agent would have reported
   * @param provisioned what it could have used at most; where nothing is known, 0
   */
  public record Step(UsageSample sample, ResourceVector provisioned) {}

  /**
   * How well needs were told for one resource.
   *
   * @param drifts how many were found of which it is known what came
   * @param errors the mean absolute error of the natural logarithm of growth
   */
  public record Score(int drifts, Map<Foretelling, Double> errors) {
    /** Copies. */
    public Score {
      errors = Collections.unmodifiableMap(new EnumMap<>(errors));
    }
  }

  /** One workload on its way through. */
  private static final class Subject {
    private final DriftWatch.Subject behaviour = new DriftWatch.Subject();
    private Optional<Told> told = Optional.empty();
  }

  /** What was said of a drift, of which it is not yet known what came. */
  private record Told(DriftMemory memory, Map<Resource, Double> load, DriftDetail detail) {}

  private record Moment(Subject subject, Look look) {}

  /**
   * Replays these workloads side by side; what was learnt of others before stays known.
   *
   * @param workloads the steps of each, in order of time
   * @param from drifts found before teach, and do not count
   * @param until nothing of this time or later is looked at
   */
  public void run(List<List<Step>> workloads, Instant from, Instant until) {
    workloads.stream()
        .flatMap(steps -> moments(steps).stream())
        .filter(moment -> moment.look().sample().endedAt().isBefore(until))
        .sorted(Comparator.comparing(moment -> moment.look().sample().endedAt()))
        .forEachOrdered(moment -> next(moment, from));
  }

  private static List<Moment> moments(List<Step> steps) {
    Subject subject = new Subject();
    List<Moment> moments = new ArrayList<>();
    ResourceVector peak = ResourceVector.ZERO;
    for (int end = Look.SAMPLES; end <= steps.size(); end += Look.SAMPLES) {
      List<UsageSample> samples =
          steps.subList(end - Look.SAMPLES, end).stream().map(Step::sample).toList();
      for (UsageSample sample : samples) {
        peak = peak.max(sample.usage());
      }
      ResourceVector held = steps.get(end - 1).provisioned();
      for (Resource resource : peak.present()) {
        if (held.get(resource) == 0) {
          held = held.with(resource, peak.get(resource));
        }
      }
      moments.add(new Moment(subject, Look.of(samples, held)));
    }
    return moments;
  }

  private void next(Moment moment, Instant from) {
    Subject subject = moment.subject();
    Look look = moment.look();
    boolean due = !look.sample().endedAt().isBefore(from);
    looks += due ? 1 : 0;
    Optional<DriftDetail> found =
        watch.next(subject.behaviour, look).flatMap(finding -> finding.drift());
    // What the drift before led to is what the memory learnt last.
    subject.told.ifPresent(told -> score(told, watch.memory().cases().getLast()));
    subject.told =
        found.filter(_ -> due).map(detail -> new Told(watch.memory(), look.load(), detail));
  }

  private void score(Told told, Case came) {
    drifts++;
    Known known = new Known(told.memory(), came.onset(), told.load(), told.detail().outlook());
    came.growth()
        .forEach(
            (resource, growth) -> {
              counts.merge(resource, 1, Integer::sum);
              EnumMap<Foretelling, Double> sums =
                  errors.computeIfAbsent(resource, _ -> new EnumMap<>(Foretelling.class));
              for (Foretelling way : Foretelling.values()) {
                double error = Math.abs(way.log(known, resource) - Math.log(growth));
                sums.merge(way, error, Double::sum);
              }
            });
  }

  /** How often behaviour was looked at, in the time that counts. */
  public int looks() {
    return looks;
  }

  /** The drifts that were found then, of which it is known what came. */
  public int drifts() {
    return drifts;
  }

  /** How well needs were told, for each resource that was used when a drift was found. */
  public Map<Resource, Score> scores() {
    EnumMap<Resource, Score> scores = new EnumMap<>(Resource.class);
    errors.forEach(
        (resource, sums) -> {
          int count = counts.getOrDefault(resource, 0);
          EnumMap<Foretelling, Double> means = new EnumMap<>(Foretelling.class);
          sums.forEach((way, sum) -> means.put(way, sum / count));
          scores.put(resource, new Score(count, means));
        });
    return scores;
  }
}
