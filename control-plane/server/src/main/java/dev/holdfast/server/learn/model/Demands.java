package dev.holdfast.server.learn.model;

import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.series.Explanation;
import dev.holdfast.pam.forecast.series.ModelQuestion;
import dev.holdfast.pam.forecast.series.SeriesForecast;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.server.learn.LatestOf;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.UsageSeries;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How the demand of every workload that goes on went so far, step by step, and what the champions
 * say of how it goes on. Safe for several threads.
 */
public final class Demands {
  /** The fewest steps that anything is said from: two hours. */
  static final int STEPS_MIN = 24;

  /** A workload that was silent for so long does not go on. */
  static final Duration SILENT_MAX = Duration.ofHours(1);

  /** Workloads that are followed at most; the one least recently touched gives way. */
  public static final int PROFILES_MAX = 10_000;

  /** What is read of a workload that was not followed before. */
  private static final Duration HISTORY_MAX = Duration.ofDays(14);

  /** Runs at once of a workload whose whole history is read; of more, the latest part is. */
  private static final int SUBJECTS = 4;

  /** Steps that are folded before others have their turn. */
  private static final int STEPS_AT_ONCE = 12;

  /** How long after its end a step is folded: its samples have come by then. */
  private static final Duration SETTLED = Duration.ofMinutes(2);

  private final History history;
  private final Champions champions;
  private final Function<TenantName, Optional<ModelKind>> preferred;
  private final List<SeriesLearner> learners;
  private final Map<Optional<ModelKind>, ServingModels> models = new HashMap<>();
  private final SeriesForecast forecast = new SeriesForecast();
  private final WorkloadTypes types;
  private final Map<ProfileKey, Demand> demands;

  /** What was used, as it is kept. */
  @FunctionalInterface
  public interface History {
    /** Buckets of five minutes of a workload that ended after one time and not after another. */
    List<UsageSample> between(ProfileKey key, Instant after, Instant until);
  }

  /** Which model forecasts a resource. */
  @FunctionalInterface
  public interface Champions {
    /** The model of a kind that is preferred, or whoever leads. */
    Optional<Models.Serving> serving(Resource resource, Optional<ModelKind> preferred);
  }

  /**
   * What is expected.
   *
   * @param bands one for each of the horizon
   * @param hold how much to hold for all of them
   * @param model what said so
   */
  public record Said(List<Quantiles> bands, ResourceVector hold, String model) {
    /** Copies. */
    public Said {
      bands = List.copyOf(bands);
    }
  }

  /**
   * Nothing came yet.
   *
   * @param history where steps come from
   * @param champions which model forecasts a resource
   * @param preferred the kind of model that a tenant's workloads are forecast by; empty: whoever
   *     leads
   * @param learners by which models are asked
   * @param types what is known of what workloads do
   * @param most so many workloads are followed at most
   */
  public Demands(
      History history,
      Champions champions,
      Function<TenantName, Optional<ModelKind>> preferred,
      List<SeriesLearner> learners,
      WorkloadTypes types,
      int most) {
    this.history = history;
    this.champions = champions;
    this.preferred = preferred;
    this.learners = List.copyOf(learners);
    this.types = types;
    this.demands = new LatestOf<>(most);
  }

  /** Of the workloads of a usage series, forecast by the champions among some models. */
  public static Demands of(
      UsageSeries series,
      Models models,
      List<SeriesLearner> learners,
      WorkloadTypes types,
      Function<TenantName, Optional<ModelKind>> preferred) {
    return new Demands(
        (key, after, until) -> {
          Duration asked = Duration.between(after, until);
          Duration span = asked.compareTo(HISTORY_MAX) < 0 ? asked : HISTORY_MAX;
          long rows = SUBJECTS * (span.dividedBy(Grain.FIVE_MINUTES.length()) + 1);
          return series
              .latest(
                  ProfileName.inSeries(key).name(),
                  Grain.FIVE_MINUTES,
                  until,
                  (int) Math.min(rows, UsageSeries.LIMIT_MAX))
              .stream()
              .filter(bucket -> bucket.endedAt().isAfter(after))
              .toList();
        },
        (resource, kind) ->
            kind.isPresent() ? models.serving(resource, kind.get()) : models.serving(resource),
        preferred,
        learners,
        types,
        PROFILES_MAX);
  }

  /**
   * A sample came.
   *
   * @param workloadType what kind of work it was of; empty where that is not known
   * @param limited the resources in which it used all that it was let
   */
  public synchronized void note(
      ProfileKey key, Optional<String> workloadType, UsageSample sample, Set<Resource> limited) {
    types.note(key, workloadType);
    demands.computeIfAbsent(key, _ -> new Demand()).note(sample, limited);
    // So that they are looked for at the next turn.
    models(key);
  }

  /** Looks which models lead. May block in native code. */
  public void refresh() {
    List<ServingModels> all;
    synchronized (this) {
      all = List.copyOf(models.values());
    }
    // Reading models takes long: who asks for a forecast does not wait for it.
    all.forEach(ServingModels::refresh);
  }

  /** Folds the steps that are over, and forecasts those that follow. */
  public void pass(Instant now) {
    Instant until = now.minus(SETTLED);
    List<ProfileKey> due = new ArrayList<>();
    synchronized (this) {
      demands.forEach(
          (key, demand) -> {
            long over = Math.min(until.getEpochSecond(), demand.newest());
            if (over >= demand.foldedTo() + DemandTrace.STEP) {
              due.add(key);
            }
          });
    }
    for (ProfileKey key : due) {
      Instant after;
      synchronized (this) {
        after = Instant.ofEpochSecond(demands.getOrDefault(key, new Demand()).foldedTo());
      }
      Optional<DemandTrace> trace =
          DemandTrace.of(types.kind(key), history.between(key, after, until));
      boolean more = trace.isPresent();
      while (more) {
        more = fold(key, trace.orElseThrow());
      }
    }
  }

  /** Folds some steps. Whether there are more: who asks for a forecast comes in between. */
  private synchronized boolean fold(ProfileKey key, DemandTrace trace) {
    Demand demand = demands.get(key);
    return demand != null && demand.fold(trace, STEPS_AT_ONCE, models(key), forecast);
  }

  /**
   * What a workload that goes on is expected to use; empty where it does not, or is too new.
   *
   * @param inputs the production inputs then
   */
  public synchronized Optional<Said> said(
      ProfileKey key, Map<String, InputValue> inputs, Horizon horizon, Instant now) {
    return goingOn(key, now).map(demand -> demand.said(horizon, inputs, models(key), forecast));
  }

  /** Those that forecast a tenant's workloads; new ones lead nothing until they are refreshed. */
  private ServingModels models(ProfileKey key) {
    return models.computeIfAbsent(
        preferred.apply(key.tenant()),
        kind -> new ServingModels(resource -> champions.serving(resource, kind), learners));
  }

  private Optional<Demand> goingOn(ProfileKey key, Instant now) {
    return Optional.ofNullable(demands.get(key))
        .filter(demand -> demand.samples() >= STEPS_MIN)
        .filter(demand -> demand.foldedTo() >= now.minus(SILENT_MAX).getEpochSecond());
  }

  /** How what is said of a workload comes about, but for what moved the model's word. */
  public synchronized Account account(ProfileKey key, Account.Question question, Instant now) {
    Optional<Demand> demand = goingOn(key, now);
    return demand.isEmpty()
        ? new Account.NotGoingOn()
        : demand.get().account(question, models(key), forecast);
  }

  /** With what moved the model's word, where it can tell. Blocks in native code. */
  public Account reasoned(ProfileKey key, Account.GoingOn account, Resource resource) {
    Explanation explanation = account.explanation();
    if (account.model().isEmpty() || explanation.question().isEmpty()) {
      return account;
    }
    ModelQuestion question = explanation.question().get();
    ServingModels own;
    synchronized (this) {
      own = models(key);
    }
    return own.contributions(resource, account.model().get(), question.row())
        .map(found -> account.because(question.reasons(found, explanation.quantile())))
        .orElse(account);
  }
}
