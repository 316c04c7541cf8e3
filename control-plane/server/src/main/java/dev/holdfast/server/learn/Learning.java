package dev.holdfast.server.learn;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.TrainingSet;
import dev.holdfast.pam.forecast.xgboost.XgboostModel;
import dev.holdfast.pam.forecast.xgboost.XgboostPredictor;
import dev.holdfast.pam.forecast.xgboost.XgboostRules;
import dev.holdfast.pam.forecast.xgboost.XgboostTrainer;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Blend;
import dev.holdfast.pam.profile.Group;
import dev.holdfast.pam.profile.GroupKey;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.model.Account;
import dev.holdfast.server.learn.model.Demands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
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

  /** Samples that are kept one by one, of all profiles together: some 300 MB. */
  private static final int RECENT_MAX = 1_000_000;

  private final Journal journal;
  private final ProfileBook book = new ProfileBook(PROFILES_MAX, RECENT_MAX);
  private final Demands demands;
  private final LatelyUsed lately = new LatelyUsed();
  private final Promises promises = new Promises();
  private final Map<ProfileKey, Trained> models = new HashMap<>();
  private final ExecutorService natives =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("holdfast-xgboost").daemon().factory());

  private final AtomicInteger waiting = new AtomicInteger();

  private record Trained(XgboostModel model, XgboostPredictor predictor, long samples) {}

  /** Nothing is known yet. */
  public Learning(Journal journal, Demands demands) {
    this.journal = journal;
    this.demands = demands;
  }

  /** What is known of a key, and nothing where nothing is. */
  public synchronized Profile profile(ProfileKey key) {
    return book.profile(key);
  }

  /** Every profile. */
  public synchronized Collection<Profile> profiles() {
    return book.profiles();
  }

  /** Every group of profiles. */
  public synchronized Map<GroupKey, Group> groups() {
    return book.groups();
  }

  /** What is known of types of work over all tenants, as far as enough of them did it. */
  public synchronized SortedMap<String, Blend.Word> types() {
    return book.types();
  }

  /**
   * One sample, and what there is to know about it.
   *
   * @param key whose it is
   * @param workloadType what kind of work it was of; empty where that is not known any more
   * @param sample what was used
   * @param capped the resources in which it used all that it was let
   */
  public record Lesson(
      ProfileKey key, Optional<String> workloadType, UsageSample sample, Set<Resource> capped) {}

  /** Folds one sample into the profile of its workload and into those that it falls back to. */
  public synchronized void fold(Lesson lesson) {
    Optional<Promises.Expected> expected =
        reservationOf(lesson.sample()).flatMap(name -> promises.of(name, lesson.sample()));
    book.change(
        lesson.key(),
        lesson.workloadType(),
        profile -> {
          Profile folded = Profiles.fold(profile, lesson.sample(), lesson.capped());
          return expected
              .map(one -> folded.scored(one.lead(), one.band(), lesson.sample(), lesson.capped()))
              .orElse(folded);
        });
    lately.note(lesson.sample());
    demands.note(lesson.key(), lesson.workloadType(), lesson.sample(), lesson.capped());
  }

  private static Optional<ReservationName> reservationOf(UsageSample sample) {
    int end = sample.subject().indexOf("/grants/");
    return end < 0
        ? Optional.empty()
        : Optional.of(ReservationName.parse(sample.subject().substring(0, end)));
  }

  /** One sample of a workload is in quarantine: it is counted, and teaches nothing. */
  public synchronized void quarantined(ProfileKey key) {
    book.change(key, Optional.empty(), Profile::quarantined);
  }

  /** A run began. */
  public synchronized void started(ProfileKey key, Run run) {
    book.change(
        key, Optional.of(run.workload().workloadType()), known -> Profiles.runStarted(known, run));
    promises.begun(key, run);
  }

  /** A run ended. */
  public synchronized void ended(ProfileKey key, ReservationName reservation, Instant at) {
    lately.forget(reservation);
    promises.over(reservation);
    book.change(key, Optional.empty(), known -> Profiles.runEnded(known, reservation, at));
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
  public synchronized Optional<ResourceVector> recent(ReservationName reservation, Instant since) {
    List<UsageSample> samples =
        lately.of(reservation).stream().filter(sample -> sample.endedAt().isAfter(since)).toList();
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

  /**
   * Forecasts the next run of a workload: by what its own profile expects, blended with what wider
   * levels do as far as it knows little. A workload never seen before gets an answer too.
   */
  public Forecast next(
      TenantName tenant,
      Workload workload,
      Horizon horizon,
      ResourceVector defaultAmount,
      Instant now) {
    ProfileKey key = ProfileKey.of(tenant, workload);
    List<Profile> levels = new ArrayList<>();
    List<Blend.Word> words = new ArrayList<>();
    synchronized (this) {
      key.levels().forEach(level -> levels.add(profile(level)));
      levels.forEach(profile -> words.add(profile.word()));
      words.addAll(book.wider(tenant, workload));
    }
    Forecast forecast =
        ColdStart.forecast(
            new ColdStart.Question(
                key, words, levels.getFirst().coverage(), defaultAmount, horizon, now),
            own(levels, workload.inputs(), horizon, now));
    synchronized (this) {
      promises.made(key, forecast);
    }
    return forecast;
  }

  /** What the profiles of a workload expect: as it goes on where it does, and else run by run. */
  private Optional<Forecast> own(
      List<Profile> levels, Map<String, InputValue> inputs, Horizon horizon, Instant now) {
    Optional<Profile> known = Profiles.known(levels);
    Profile finest = levels.getFirst();
    Optional<Demands.Said> said = demands.said(finest.key(), inputs, horizon, now);
    if (said.isEmpty()) {
      return known.map(profile -> nextRun(profile, inputs, horizon, now));
    }
    Optional<Forecast> run =
        known.filter(Forecaster::sawStart).map(profile -> nextRun(profile, inputs, horizon, now));
    return Optional.of(
        Forecaster.goingOn(
            finest, said.get().model(), said.get().bands(), said.get().hold(), run, horizon, now));
  }

  /** How what is said of the series of a workload comes about. */
  public Account explain(ProfileKey key, Account.Question question, Instant now) {
    Account account = demands.account(key, question, now);
    return account instanceof Account.GoingOn goingOn
        ? onNativeThread(() -> demands.reasoned(key, goingOn, question.resource()))
        : account;
  }

  private Forecast nextRun(
      Profile known, Map<String, InputValue> inputs, Horizon horizon, Instant now) {
    return onNativeThread(
        () -> {
          Trained trained;
          synchronized (this) {
            trained = models.get(known.key());
          }
          return trained == null
              ? Forecaster.empirical(known, horizon, now)
              : Forecaster.nextRun(known, trained.predictor(), inputs, horizon, now);
        });
  }

  /** Folds the usage of workloads that go on, step by step, and forecasts the steps ahead. */
  public void follow(Instant now) {
    onNativeThread(
        () -> {
          demands.refresh();
          return now;
        });
    demands.pass(now);
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
