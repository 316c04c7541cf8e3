package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Resource;
import java.util.ArrayList;
import java.util.Collections;
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

  /** Cases that one answer rests on at most. */
  public static final int NEIGHBOURS_MAX = 5;

  /** A case with its direction further away than this cosine is about something else. */
  private static final double ALIGNMENT_MIN = 0.7;

  /** A case of more than this many times, or less than this part of, the magnitude is none. */
  private static final double MAGNITUDE_FACTOR = 2;

  /** No case says that more than this many times as much will be needed. */
  private static final double GROWTH_MAX = 8;

  /**
   * A drift, and the demand after it over the demand when it began: 1 is no change.
   *
   * @param drift how behaviour moved
   * @param growth by resource, above 0
   */
  public record Case(Drift drift, Map<Resource, Double> growth) {
    /** Copies, and refuses what is no growth. */
    public Case {
      EnumMap<Resource, Double> copy = new EnumMap<>(Resource.class);
      growth.forEach(
          (resource, factor) -> copy.put(resource, Math.clamp(factor, 1 / GROWTH_MAX, GROWTH_MAX)));
      growth = Collections.unmodifiableMap(copy);
    }
  }

  /**
   * What a drift is expected to lead to.
   *
   * @param growth by resource: demand expected over demand now
   * @param cases how many past drifts it rests on, 0 to {@link #NEIGHBOURS_MAX}
   */
  public record Expected(Map<Resource, Double> growth, int cases) {
    /** Copies. */
    public Expected {
      EnumMap<Resource, Double> copy = new EnumMap<>(Resource.class);
      copy.putAll(growth);
      growth = Collections.unmodifiableMap(copy);
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

  private record Neighbour(Case past, double similarity) {}

  /**
   * What similar drifts led to, the more similar the more it counts, by direction and by magnitude.
   * What is grown already cannot grow as much again: growth is taken by the share that is not in
   * use, 1 - load.
   *
   * @param drift how behaviour moves now
   * @param load by resource, the share of what is held that is in use now, 0 to 1; absent is 0
   */
  public Expected expect(Drift drift, Map<Resource, Double> load) {
    List<Neighbour> nearest =
        cases.stream()
            .filter(past -> past.drift().version() == drift.version())
            .map(past -> new Neighbour(past, similarity(drift, past.drift())))
            .filter(neighbour -> neighbour.similarity() > 0)
            .sorted(Comparator.comparingDouble(Neighbour::similarity).reversed())
            .limit(NEIGHBOURS_MAX)
            .toList();
    EnumMap<Resource, Double> growth = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      double weights = 0;
      double logs = 0;
      for (Neighbour neighbour : nearest) {
        Double factor = neighbour.past().growth().get(resource);
        if (factor != null) {
          weights += neighbour.similarity();
          logs += neighbour.similarity() * Math.log(factor);
        }
      }
      if (weights > 0) {
        double room = 1 - Math.clamp(load.getOrDefault(resource, 0.0), 0, 1);
        growth.put(resource, Math.exp(room * logs / weights));
      }
    }
    return new Expected(growth, nearest.size());
  }

  /** 1 for the same drift, 0 for one that has nothing to do with it. */
  private static double similarity(Drift now, Drift past) {
    double angle = (now.alignment(past) - ALIGNMENT_MIN) / (1 - ALIGNMENT_MIN);
    double factor =
        Math.abs(Math.log(Math.max(now.magnitude(), 1e-9) / Math.max(past.magnitude(), 1e-9)));
    double size = 1 - factor / Math.log(MAGNITUDE_FACTOR);
    return Math.max(0, angle) * Math.max(0, size);
  }
}
