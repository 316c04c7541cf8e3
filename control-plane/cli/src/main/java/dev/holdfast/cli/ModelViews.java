package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.Training;
import dev.holdfast.proto.resource.v1.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Models for people. */
final class ModelViews {
  private ModelViews() {}

  static String list(List<Model> models, Instant now) {
    Table table = new Table("NAME", "KIND", "STATE", "CHAMPION IN", "SAMPLES", "SEED", "TRAINED");
    for (Model model : models) {
      table.row(
          Text.orDash(model.getName()),
          Text.word(model.getKind()),
          Text.word(model.getState()),
          words(model.getChampionResourcesList()),
          Long.toString(model.getSampleCount()),
          Long.toString(model.getSeed()),
          Spans.until(model.hasCreateTime(), model.getCreateTime(), now));
    }
    return table.toString();
  }

  static String one(Model model, Instant now) {
    String facts =
        new Facts("Model " + model.getName())
            .fact("kind", Text.word(model.getKind()))
            .fact("state", Text.word(model.getState()))
            .fact("champion in", words(model.getChampionResourcesList()))
            .fact("pinned in", words(model.getPinnedResourcesList()))
            .fact("trained", Spans.until(model.hasCreateTime(), model.getCreateTime(), now))
            .fact("samples", Long.toString(model.getSampleCount()))
            .fact("from", time(model.getTrainingInterval().getStartTime().getSeconds()))
            .fact("to", time(model.getTrainingInterval().getEndTime().getSeconds()))
            .fact("seed", Long.toString(model.getSeed()))
            .fact("features", "version " + model.getFeaturesVersion())
            .fact("parameters", parameters(model.getParametersMap()))
            .fact("digest", Text.hex(model.getDigest()))
            .toString();
    Map<Resource, Model.Evaluation> champions = new HashMap<>();
    model.getChampionEvaluationsList().forEach(one -> champions.put(one.getResource(), one));
    Table table =
        new Table("HELD OUT", "OUTCOMES", "LOSS", "CHAMPION'S", "P50", "P90", "P95", "P99");
    for (Model.Evaluation one : model.getEvaluationsList()) {
      Model.Evaluation champion = champions.get(one.getResource());
      table.row(
          AmountOptions.word(one.getResource()),
          Long.toString(one.getOutcomeCount()),
          loss(one),
          champion == null ? "-" : loss(champion),
          ForecastViews.percent(one.getCoverage().getP50()),
          ForecastViews.percent(one.getCoverage().getP90()),
          ForecastViews.percent(one.getCoverage().getP95()),
          ForecastViews.percent(one.getCoverage().getP99()));
    }
    return facts + "\n" + table;
  }

  static String training(Training training, Instant now) {
    return new Facts("Training of " + Text.word(training.getKind()))
        .fact("state", Text.word(training.getState()))
        .fact("seed", Long.toString(training.getSeed()))
        .fact("began", Spans.until(training.hasStartTime(), training.getStartTime(), now))
        .fact("took", took(training))
        .fact("model", training.getModel())
        .fact("outcome", training.getMessage())
        .toString();
  }

  private static String took(Training training) {
    return training.hasEndTime()
        ? Spans.print(
            Duration.ofSeconds(
                training.getEndTime().getSeconds() - training.getStartTime().getSeconds()))
        : "";
  }

  private static String loss(Model.Evaluation evaluation) {
    return String.format(Locale.ROOT, "%.3f", evaluation.getScaledPinballLoss());
  }

  private static String words(List<Resource> resources) {
    return resources.isEmpty()
        ? "-"
        : resources.stream().map(AmountOptions::word).collect(Collectors.joining(", "));
  }

  private static String parameters(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String time(long seconds) {
    return seconds == 0 ? "" : Instant.ofEpochSecond(seconds).toString();
  }
}
