package dev.holdfast.pam.signal;

import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.signal.Departure.Leak;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Watches the usage of one profile as it comes: a detector for each resource that is used, the
 * latest samples to name departures from, and what a fingerprint is made of. The same samples
 * always lead to the same findings. It is for one thread.
 */
public final class UsageWatch {
  /** What the detectors remember: with half of it they raise twice as many alarms for nothing. */
  public static final int MEMORY = 2048;

  /** The latest samples that departures are named from; a finding that lasts is one for as long. */
  public static final int LATEST_MAX = 120;

  private final Map<Resource, AnomalyDetector> detectors = new EnumMap<>(Resource.class);
  private final Deque<UsageSample> latest = new ArrayDeque<>();
  private final Map<Resource, Long> leaks = new EnumMap<>(Resource.class);
  private long mismatchAt = -LATEST_MAX;
  private long row;

  /**
   * Takes the next sample.
   *
   * @param forecast the demand forecast for its time, where there is a forecast
   */
  public List<Finding> next(UsageSample sample, Optional<Quantiles> forecast) {
    row++;
    latest.addLast(sample);
    if (latest.size() > LATEST_MAX) {
      latest.removeFirst();
    }
    List<Finding> findings = new ArrayList<>();
    Set<Resource> used = sample.usage().present();
    for (Resource resource : Resource.values()) {
      if (used.contains(resource) || detectors.containsKey(resource)) {
        rate(resource, sample, forecast).ifPresent(findings::add);
        leak(resource, sample).ifPresent(findings::add);
      }
    }
    mismatch(sample).ifPresent(findings::add);
    return findings;
  }

  /**
   * A look at the latest samples, whenever none of them was looked at before.
   *
   * @param held what is held for the workload
   */
  public Optional<Look> look(ResourceVector held) {
    return row > 0 && row % Look.SAMPLES == 0
        ? Optional.of(Look.of(latest.stream().skip(latest.size() - Look.SAMPLES).toList(), held))
        : Optional.empty();
  }

  private Optional<Finding> rate(
      Resource resource, UsageSample sample, Optional<Quantiles> forecast) {
    OptionalLong expected =
        forecast.stream().mapToLong(band -> band.p50().get(resource)).findFirst();
    OptionalDouble median = expected.stream().asDoubleStream().findFirst();
    Rating rating =
        detectors
            .computeIfAbsent(resource, _ -> new AnomalyDetector(MEMORY))
            .next(new Observation(sample.endedAt(), sample.usage().get(resource), median));
    if (!rating.alarm()) {
      return Optional.empty();
    }
    // An alarm comes after the warm-up: there are samples enough to name it from.
    Departure departure = Departures.of(resource, observations(resource));
    return Optional.of(
        new Finding(
            Finding.Kind.of(departure),
            Optional.of(resource),
            sample,
            expected,
            rating.rarity(),
            AnomalyDetector.BAR,
            departure.words(),
            Optional.empty()));
  }

  /** A slow leak raises no alarm: none of its values is strange. */
  private Optional<Finding> leak(Resource resource, UsageSample sample) {
    boolean known = row - leaks.getOrDefault(resource, -(long) LATEST_MAX) < LATEST_MAX;
    if (resource.isRate() || known || latest.size() < LATEST_MAX) {
      return Optional.empty();
    }
    Optional<Leak> leak = Departures.leak(observations(resource));
    leak.ifPresent(_ -> leaks.put(resource, row));
    return leak.map(found -> certain(found, Optional.of(resource), sample));
  }

  private Optional<Finding> mismatch(UsageSample sample) {
    if (row - mismatchAt < LATEST_MAX) {
      return Optional.empty();
    }
    List<UsageSample> ofSubject =
        latest.stream().filter(one -> one.subject().equals(sample.subject())).toList();
    return Accounts.mismatch(ofSubject)
        .map(
            found -> {
              mismatchAt = row;
              return certain(found, Optional.empty(), sample);
            });
  }

  /** What a condition that holds says, and no statistic. */
  private static Finding certain(
      Departure departure, Optional<Resource> resource, UsageSample sample) {
    return new Finding(
        Finding.Kind.of(departure),
        resource,
        sample,
        OptionalLong.empty(),
        1,
        1,
        departure.words(),
        Optional.empty());
  }

  private List<Observation> observations(Resource resource) {
    return latest.stream()
        .map(one -> new Observation(one.endedAt(), one.usage().get(resource)))
        .toList();
  }
}
