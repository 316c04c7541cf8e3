package dev.holdfast.server.learn;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.Lead;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What was forecast of runs, to be compared with what they use: the latest forecast before a run
 * began, taken to begin with it. Not for several threads at once.
 */
final class Promises {
  private static final int MOST = 10_000;

  private final Map<ProfileKey, Forecast> latest = new LatestOf<>(MOST);
  private final Map<ReservationName, Promise> running = new LatestOf<>(MOST);

  private record Promise(Forecast forecast, Instant runStart) {}

  /**
   * What was forecast of a sample.
   *
   * @param lead how far into the run it is: how far ahead it was forecast
   * @param band what was expected
   */
  record Expected(Lead lead, Quantiles band) {}

  /** A forecast was made of the next run of a workload. */
  void made(ProfileKey key, Forecast forecast) {
    latest.put(key, forecast);
  }

  /** A run began. */
  void begun(ProfileKey key, Run run) {
    Forecast forecast = latest.get(key);
    if (forecast != null) {
      running.putIfAbsent(run.reservation(), new Promise(forecast, run.startedAt()));
    }
  }

  /** A run is over. */
  void over(ReservationName reservation) {
    running.remove(reservation);
  }

  /** What was forecast of a sample of a run; empty where nothing was. */
  Optional<Expected> of(ReservationName reservation, UsageSample sample) {
    Promise promise = running.get(reservation);
    if (promise == null) {
      return Optional.empty();
    }
    Instant middle = sample.endedAt().minus(sample.period().dividedBy(2));
    Duration into = Duration.between(promise.runStart(), middle);
    return promise
        .forecast()
        .bandAt(promise.forecast().start().plus(into))
        .map(band -> new Expected(Lead.of(into), band));
  }
}
