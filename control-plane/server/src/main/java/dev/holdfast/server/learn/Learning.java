package dev.holdfast.server.learn;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.TrainingSet;
import dev.holdfast.pam.forecast.xgboost.XgboostModel;
import dev.holdfast.pam.forecast.xgboost.XgboostPredictor;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import dev.holdfast.pam.forecast.xgboost.XgboostTrainer;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The profiles that usage has taught, and the models trained from them. XGBoost runs on one
 * platform thread of its own; everybody else waits for it there.
 */
public final class Learning implements AutoCloseable {
  /** Profiles that are kept at most; the one least recently touched gives way. */
  public static final int PROFILES_MAX = 10_000;

  private final Journal journal;
  private final Map<ProfileKey, Profile> profiles =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ProfileKey, Profile> eldest) {
          return size() > PROFILES_MAX;
        }
      };
  private final Map<ProfileKey, Trained> models = new HashMap<>();
  private final ExecutorService natives =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("holdfast-xgboost").daemon().factory());

  private final AtomicInteger waiting = new AtomicInteger();

  private record Trained(XgboostModel model, XgboostPredictor predictor, long samples) {}

  /** Nothing is known yet. */
  public Learning(Journal journal) {
    this.journal = journal;
  }

  /** What is known of a key, and nothing where nothing is. */
  public synchronized Profile profile(ProfileKey key) {
    Profile known = profiles.get(key);
    return known == null ? Profile.empty(key) : known;
  }

  /** Every profile. */
  public synchronized Collection<Profile> profiles() {
    return List.copyOf(profiles.values());
  }

  /** Folds one sample into the profile of its workload and into those that it falls back to. */
  public synchronized void fold(ProfileKey key, UsageSample sample) {
    for (ProfileKey level : key.levels()) {
      profiles.merge(
          level,
          Profiles.fold(Profile.empty(level), sample),
          (known, _) -> Profiles.fold(known, sample));
    }
  }

  /** A run began. */
  public synchronized void started(ProfileKey key, Run run) {
    for (ProfileKey level : key.levels()) {
      Profile known = profiles.get(level);
      profiles.put(level, Profiles.runStarted(known == null ? Profile.empty(level) : known, run));
    }
  }

  /** A run ended. */
  public synchronized void ended(ProfileKey key, ReservationName reservation, Instant at) {
    for (ProfileKey level : key.levels()) {
      profiles.computeIfPresent(level, (_, known) -> Profiles.runEnded(known, reservation, at));
    }
  }

  /** The run that a reservation serves, if it goes on. */
  public synchronized Optional<Run> running(ProfileKey key, ReservationName reservation) {
    return profile(key).runs().stream()
        .filter(run -> run.reservation().equals(reservation) && run.endedAt().isEmpty())
        .findFirst();
  }

  /**
   * What a reservation used since a time: of rates what nine samples in ten stayed at or below, as
   * a mean would leave no room for the rest; of memory and the like the peak. Empty without a
   * sample.
   */
  public synchronized Optional<ResourceVector> recent(
      ProfileKey key, ReservationName reservation, Instant since) {
    List<UsageSample> samples =
        profile(key).recent().stream()
            .filter(
                sample ->
                    sample.endedAt().isAfter(since)
                        && sample.subject().startsWith(reservation + "/"))
            .toList();
    if (samples.isEmpty()) {
      return Optional.empty();
    }
    ResourceVector recent = ResourceVector.ZERO;
    for (Resource resource : Resource.values()) {
      long[] sorted =
          samples.stream().mapToLong(sample -> sample.usage().get(resource)).sorted().toArray();
      int rank = resource.isRate() ? (int) Math.ceil(0.9 * sorted.length) : sorted.length;
      recent = recent.with(resource, sorted[rank - 1]);
    }
    return Optional.of(recent);
  }

  /** Forecasts the next run of a workload: from its profile, from a wider one, or by default. */
  public Forecast next(
      TenantName tenant,
      Workload workload,
      Horizon horizon,
      ResourceVector defaultAmount,
      Instant now) {
    ProfileKey key = ProfileKey.of(tenant, workload);
    List<Profile> levels = new ArrayList<>();
    synchronized (this) {
      key.levels().forEach(level -> levels.add(profile(level)));
    }
    Optional<Profile> known = Profiles.known(levels);
    if (known.isEmpty()) {
      return Forecaster.byDefault(key, defaultAmount, horizon, now);
    }
    return onNativeThread(
        () -> {
          Trained trained;
          synchronized (this) {
            trained = models.get(known.get().key());
          }
          return trained == null
              ? Forecaster.empirical(known.get(), horizon, now)
              : Forecaster.nextRun(
                  known.get(), trained.predictor(), workload.inputs(), horizon, now);
        });
  }

  /**
   * Trains a model for every profile that has learnt something new and has enough to learn from.
   */
  public void train() {
    for (Profile profile : profiles()) {
      Trained before;
      synchronized (this) {
        before = models.get(profile.key());
      }
      boolean news = before == null || before.samples() < profile.sampleCount();
      boolean running = profile.runs().stream().anyMatch(run -> run.endedAt().isEmpty());
      if (news && !running && profile.recent().size() >= TrainingSet.SAMPLES_MIN) {
        train(profile);
      }
    }
  }

  private void train(Profile profile) {
    long began = System.nanoTime();
    onNativeThread(
        () -> {
          XgboostModel model = XgboostTrainer.train(TrainingSet.of(profile), XgboostRules.DEFAULT);
          XgboostPredictor predictor = XgboostPredictor.load(model, XgboostRules.DEFAULT.threads());
          Trained before;
          synchronized (this) {
            before =
                models.put(profile.key(), new Trained(model, predictor, profile.sampleCount()));
          }
          if (before != null) {
            before.predictor().close();
          }
          journal.record(
              new Event.Trained(
                  model.id(), model.card().rows(), Duration.ofNanos(System.nanoTime() - began)));
          return model;
        });
  }

  /** Whether a model was trained for a workload. */
  public synchronized boolean trained(ProfileKey key) {
    return models.containsKey(key);
  }

  /** How many wait for the thread of the models, or have it. */
  public int waiting() {
    return waiting.get();
  }

  private <T> T onNativeThread(Callable<T> work) {
    waiting.incrementAndGet();
    Future<T> done = natives.submit(work);
    try {
      return done.get();
    } catch (InterruptedException interrupted) {
      done.cancel(false);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a model worked", interrupted);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("a model failed", failed.getCause());
    } finally {
      waiting.decrementAndGet();
    }
  }

  @Override
  public void close() {
    natives.execute(() -> models.values().forEach(trained -> trained.predictor().close()));
    natives.close();
  }
}
