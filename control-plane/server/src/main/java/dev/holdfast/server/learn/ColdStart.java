package dev.holdfast.server.learn;

import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Forecaster;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.profile.Blend;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes one forecast of what the levels say that know something of a workload. */
final class ColdStart {
  private ColdStart() {}

  /**
   * What is asked, and what is known.
   *
   * @param key the workload's own key
   * @param words what the levels say of the whole time, most specific first
   * @param coverage how often forecasts of the workload held
   * @param byDefault the policy's amount where nothing is known
   * @param horizon the time asked about
   * @param now when it is asked
   */
  record Question(
      ProfileKey key,
      List<Blend.Word> words,
      Map<Resource, Coverage> coverage,
      ResourceVector byDefault,
      Horizon horizon,
      Instant now) {
    Question {
      words = List.copyOf(words);
    }

    /** What is expected where one level says something else of a part of the time. */
    Blend blend(ProfileLevel level, Quantiles band) {
      List<Blend.Word> parts = new ArrayList<>();
      for (Blend.Word word : words) {
        parts.add(word.level() == level ? new Blend.Word(level, word.samples(), band) : word);
      }
      return Blend.of(parts, byDefault);
    }
  }

  /**
   * The forecast.
   *
   * @param own what one of the workload's own profiles forecasts; empty where none knows enough
   */
  static Forecast forecast(Question question, Optional<Forecast> own) {
    Forecast base =
        own.orElseGet(
            () ->
                Forecaster.byDefault(
                    question.key(), question.byDefault(), question.horizon(), question.now()));
    List<Blend> blends =
        base.bands().stream().map(band -> question.blend(base.level(), band)).toList();
    Blend first = blends.getFirst();
    return new Forecast(
        base.profile(),
        first.level(),
        first.level() == ProfileLevel.DEFAULT
            ? ""
            : own.map(Forecast::model).orElse(Forecast.EMPIRICAL),
        base.issuedAt(),
        base.start(),
        base.step(),
        blends.stream().map(Blend::expected).toList(),
        base.hold()
            .map(hold -> question.blend(base.level(), Quantiles.constant(hold)).expected().p95()),
        question.coverage(),
        first.confidence());
  }
}
