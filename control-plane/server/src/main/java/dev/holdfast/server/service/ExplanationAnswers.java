package dev.holdfast.server.service;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.forecast.series.Explanation;
import dev.holdfast.pam.forecast.series.FeatureColumn;
import dev.holdfast.pam.forecast.series.Reasons;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.proto.forecast.v1.ExpertOpinion;
import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.forecast.v1.ModelReasons;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.learn.model.Account;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/** What {@code ForecastService} says of how a forecast came about. */
final class ExplanationAnswers {
  private static final Duration BAND = Duration.ofMinutes(5);
  private static final Duration AHEAD_MAX = Duration.ofHours(24);

  /** Explanations that are made at once, at most: each loads a model anew, on its one thread. */
  private static final int AT_ONCE_MAX = 4;

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final String REMEDY =
      " What goes on is explained: two hours of usage or more, the last of it within the hour.";

  private final Learning learning;
  private final InstantSource clock;
  private final Semaphore room = new Semaphore(AT_ONCE_MAX);

  ExplanationAnswers(Learning learning, InstantSource clock) {
    this.learning = learning;
    this.clock = clock;
  }

  /**
   * Explains a forecast.
   *
   * @param byDefault what is held for a workload of the tenant that nothing is known of
   */
  ExplainForecastResponse explain(
      TenantName tenant, ResourceVector byDefault, ExplainForecastRequest request) {
    if (!request.hasWorkload()) {
      throw new Refusal(new Problem.FieldMissing("workload"));
    }
    Workload workload = ResourceWire.read(request.getWorkload());
    Duration ahead =
        Read.span(
            "time_ahead",
            request.hasTimeAhead(),
            request.getTimeAhead(),
            Duration.ZERO,
            Duration.ZERO,
            AHEAD_MAX);
    Instant now = clock.instant();
    Account.Question question =
        new Account.Question(
            ResourceWire.resource("resource", request.getResource()),
            ResourceWire.quantile("quantile", request.getQuantile()),
            workload.inputs(),
            new Horizon(now.plusMillis(1), BAND, (int) ahead.dividedBy(BAND) + 1));
    if (!room.tryAcquire()) {
      throw new Refusal(new Problem.Overloaded("explaining forecasts", PAUSE));
    }
    try {
      ProfileKey key = ProfileKey.of(tenant, workload);
      Forecast forecast = learning.next(tenant, workload, question.horizon(), byDefault, now);
      return switch (learning.explain(key, question, now)) {
        case Account.NotGoingOn _ -> throw notGoingOn(key, forecast.level());
        case Account.Unused unused -> throw unused(key, question.resource(), unused);
        case Account.GoingOn account ->
            answer(question, forecast, account)
                .setResourceProfile(ProfileName.of(key).toString())
                .build();
      };
    } finally {
      room.release();
    }
  }

  private static Refusal notGoingOn(ProfileKey key, ProfileLevel level) {
    String why =
        switch (level) {
          case TENANT_IMAGE_USER, TENANT_IMAGE ->
              "Its forecast is made run by run, from past runs, and no series is behind it.";
          case TENANT_USER, TENANT, WORKLOAD_TYPE ->
              "Its forecast is what others needed, of whom sizes only are known.";
          case DEFAULT ->
              "Nothing is known of it, and its forecast is the default amount of its trust zone.";
        };
    String state = "FORECAST_FROM_" + word(level);
    return new Refusal(
        new Problem.IllegalState(ProfileName.of(key).toString(), state, why + REMEDY));
  }

  private static String word(ProfileLevel level) {
    return ForecastMessages.level(level).name().substring("PROFILE_LEVEL_".length());
  }

  private static Refusal unused(ProfileKey key, Resource resource, Account.Unused unused) {
    return new Refusal(
        new Problem.IllegalState(
            ProfileName.of(key).toString(),
            "WITHOUT_" + resource,
            "None of it was ever metered. Ask about one of these: "
                + unused.used().stream().map(Resource::name).collect(Collectors.joining(", "))
                + "."));
  }

  private static ExplainForecastResponse.Builder answer(
      Account.Question question, Forecast forecast, Account.GoingOn account) {
    Horizon horizon = question.horizon();
    Instant start = horizon.start().plus(horizon.step().multipliedBy(horizon.steps() - 1L));
    Explanation explanation = account.explanation();
    ExplainForecastResponse.Builder answer =
        ExplainForecastResponse.newBuilder()
            .setResource(ResourceWire.write(question.resource()))
            .setQuantile(ResourceWire.write(question.quantile()))
            .setInterval(ResourceWire.write(Interval.from(start, horizon.step())))
            .setAmount(forecast.bands().getLast().at(question.quantile()).get(question.resource()))
            .setLevel(ForecastMessages.level(forecast.level()))
            .setConfidence(forecast.confidence())
            .setBlendedAmount(amount(explanation.blended()))
            .setCalibratedAmount(amount(explanation.said()))
            .setSampleAmount(account.amount());
    for (Explanation.Opinion opinion : explanation.opinions()) {
      answer.addOpinions(
          ExpertOpinion.newBuilder()
              .setExpertValue(opinion.expert().number())
              .setAmount(amount(opinion.amount()))
              .setWeight(opinion.weight()));
    }
    account
        .model()
        .ifPresent(
            model -> {
              ModelReasons.Builder reasons = ModelReasons.newBuilder().setModel(model.toString());
              account.reasons().ifPresent(found -> write(found, question, account, reasons));
              answer.setModelReasons(reasons);
            });
    return answer;
  }

  private static void write(
      Reasons reasons,
      Account.Question question,
      Account.GoingOn account,
      ModelReasons.Builder into) {
    into.setStartAmount(amount(reasons.start()))
        .setUsualAmount(amount(reasons.usual()))
        .setAmount(amount(reasons.amount()))
        .setOtherEffect(reasons.other().added())
        .setOtherChange(Math.round(reasons.other().change()));
    for (Reasons.Reason reason : reasons.strongest()) {
      ModelReasons.Reason.Builder one =
          into.addReasonsBuilder()
              .setGroupValue(reason.group().number())
              .setEffect(reason.effect().added())
              .setChange(Math.round(reason.effect().change()));
      for (Reasons.Feature feature : reason.features()) {
        FeatureColumn column = feature.column();
        Resource about =
            column.companion() == 0
                ? question.resource()
                : account.companions().get(column.companion() - 1);
        ModelReasons.Feature.Builder told =
            one.addFeaturesBuilder()
                .setWords(column.words())
                .setResource(ResourceWire.write(about))
                .setUnitValue(column.unit().number())
                .setEffect(feature.added());
        feature.value().ifPresent(told::setValue);
      }
    }
  }

  private static long amount(double amount) {
    return Math.round(Math.clamp(amount, 0, (double) ResourceVector.AMOUNT_MAX));
  }
}
