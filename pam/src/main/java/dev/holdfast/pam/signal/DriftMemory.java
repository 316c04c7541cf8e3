package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What past drifts of workloads of one type led to, and what that says of one now.
 *
 * @param cases the latest {@link #CASES_MAX}, oldest first
 */
public record DriftMemory(List<Case> cases) {
  /** Nothing seen. */
  public static final DriftMemory EMPTY = new DriftMemory(List.of());

  /** Cases that are remembered. */
  public static final int CASES_MAX = 256;

  /**
   * Before anything is known, as much speaks for a way back to the usual, and for nothing besides,
   * as two cases of the very same drift would.
   */
  private static final double DOUBT = 2;

  /**
   * A drift, and the demand after it over the demand when it began: 1 is no change.
   *
   * @param onset how it began
   * @param growth by resource, {@code 1 / FACTOR_MAX} to {@code FACTOR_MAX} of {@link Onset}
   */
  public record Case(Onset onset, Map<Resource, Double> growth) {
    /** Copies, and keeps within the limits. */
    public Case {
      growth = Onset.limited(growth);
    }
  }

  /** Copies, and refuses more than are remembered. */
  public DriftMemory {
    cases = List.copyOf(cases);
    if (cases.size() > CASES_MAX) {
      throw new IllegalArgumentException("at most 256 drifts are remembered");
    }
  }

  /** With one more; the oldest gives way. */
  public DriftMemory plus(Case one) {
    List<Case> more = new ArrayList<>(cases);
    if (more.size() == CASES_MAX) {
      more.removeFirst();
    }
    more.add(one);
    return new DriftMemory(more);
  }

  /** What a similar case says of one resource, in natural logarithms. */
  private record Course(double similarity, double away, double growth) {}

  /** A value that counts so much. */
  private record Weighted(double value, double weight) {}

  /**
   * What similar drifts led to: how much of what was used beyond the usual went away again, or came
   * on top, and what came besides. Both are medians, in which a case counts the more the more
   * similar it is by direction and magnitude. What is grown already cannot grow as much again: of
   * growth, the share that is not in use is taken, 1 - load.
   *
   * @param onset how the drift begins
   * @param load by resource, the share of what is held that is in use now, 0 to 1; absent is 0
   */
  public Outlook expect(Onset onset, Map<Resource, Double> load) {
    List<Case> similar =
        cases.stream().filter(past -> onset.drift().similarity(past.onset().drift()) > 0).toList();
    EnumMap<Resource, Double> growth = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      List<Course> courses =
          similar.stream()
              .filter(past -> past.growth().containsKey(resource))
              .map(past -> course(onset.drift(), past, resource))
              .toList();
      if (!courses.isEmpty() || onset.excess().containsKey(resource)) {
        double log = line(courses, onset.away(resource));
        double room = 1 - Math.clamp(load.getOrDefault(resource, 0.0), 0, 1);
        growth.put(resource, Math.exp(log > 0 ? log * room : log));
      }
    }
    return new Outlook(growth, similar.size());
  }

  private static Course course(Drift drift, Case past, Resource resource) {
    return new Course(
        drift.similarity(past.onset().drift()),
        past.onset().away(resource),
        Math.log(past.growth().getOrDefault(resource, 1.0)));
  }

  /** Through the courses with little absolute error: first its slope, then where it begins. */
  private static double line(List<Course> courses, double away) {
    List<Weighted> slopes = new ArrayList<>(List.of(new Weighted(-1, DOUBT)));
    for (Course past : courses) {
      if (past.away() != 0) {
        double weight = past.similarity() * Math.abs(past.away());
        slopes.add(new Weighted(past.growth() / past.away(), weight));
      }
    }
    double slope = median(slopes);
    List<Weighted> rests = new ArrayList<>(List.of(new Weighted(0, DOUBT)));
    for (Course past : courses) {
      rests.add(new Weighted(past.growth() - slope * past.away(), past.similarity()));
    }
    return slope * away + median(rests);
  }

  /** Half of the weight is on either side of it. */
  private static double median(List<Weighted> values) {
    List<Weighted> sorted =
        values.stream().sorted(Comparator.comparingDouble(Weighted::value)).toList();
    double half = sorted.stream().mapToDouble(Weighted::weight).sum() / 2;
    int at = 0;
    for (double sum = sorted.getFirst().weight(); sum < half; sum += sorted.get(at).weight()) {
      at++;
    }
    return sorted.get(at).value();
  }
}
