package dev.holdfast.server.signal;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.signal.DriftWatch;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Look;
import dev.holdfast.pam.signal.UsageWatch;
import dev.holdfast.server.learn.LatestOf;
import dev.holdfast.server.learn.Learning;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The watch over each profile's usage, with the forecast that it is held against, and what drifts
 * of each type of work have led to.
 */
final class Watches {
  /** Profiles that are watched at most; the one that least lately used anything gives way. */
  static final int PROFILES_MAX = 250;

  /** Types of work whose behaviour is remembered at most. */
  private static final int TYPES_MAX = 1000;

  private static final Duration STEP = Duration.ofMinutes(5);
  private static final int STEPS = 12;

  private final Learning learning;
  private final Map<ProfileKey, Watched> watched = new LatestOf<>(PROFILES_MAX);
  private final Map<String, DriftWatch> types = new LatestOf<>(TYPES_MAX);

  Watches(Learning learning) {
    this.learning = learning;
  }

  /** One profile; it is used by one thread at a time. */
  private static final class Watched {
    private final UsageWatch watch = new UsageWatch();
    private final DriftWatch.Subject behaviour = new DriftWatch.Subject();
    private Optional<Forecast> forecast = Optional.empty();
    private long samples;
    private long samplesAtForecast;
  }

  /**
   * What a sample shows.
   *
   * @param live whether it is held against a forecast, and not just learnt from
   */
  List<Finding> next(
      ProfileKey key, Optional<Reservation> reservation, UsageSample sample, boolean live) {
    Watched one;
    synchronized (this) {
      one = watched.computeIfAbsent(key, _ -> new Watched());
    }
    synchronized (one) {
      one.samples++;
      Optional<Quantiles> expected =
          live
              ? reservation.flatMap(run -> expected(one, run, sample.endedAt()))
              : Optional.empty();
      List<Finding> findings = new ArrayList<>(one.watch.next(sample, expected));
      reservation.ifPresent(run -> drift(one, run).ifPresent(findings::add));
      return findings;
    }
  }

  /**
   * The demand forecast for a time. Forecasts are made for an hour, and kept for as long or until
   * twice as much is known.
   */
  private Optional<Quantiles> expected(Watched one, Reservation run, Instant at) {
    boolean dated =
        one.forecast.filter(forecast -> forecast.interval().contains(at)).isEmpty()
            || one.samples >= 2 * one.samplesAtForecast;
    if (dated) {
      one.samplesAtForecast = one.samples;
      one.forecast =
          Optional.of(
              learning.next(
                  run.name().tenant(),
                  run.workload(),
                  new Horizon(at, STEP, STEPS),
                  ResourceVector.ZERO,
                  at.minusMillis(1)));
    }
    return one.forecast
        .filter(forecast -> forecast.level() != ProfileLevel.DEFAULT)
        .flatMap(forecast -> forecast.bandAt(at));
  }

  private Optional<Finding> drift(Watched one, Reservation run) {
    return one.watch
        .look(run.hold().map(Hold::amount).orElse(ResourceVector.ZERO))
        .flatMap(look -> drift(one, run.workload().workloadType(), look));
  }

  private synchronized Optional<Finding> drift(Watched one, String type, Look look) {
    return types.computeIfAbsent(type, _ -> new DriftWatch()).next(one.behaviour, look);
  }
}
