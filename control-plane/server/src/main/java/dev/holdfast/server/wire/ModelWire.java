package dev.holdfast.server.wire;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.Model;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Models on the wire. */
public final class ModelWire {
  /** As many as shares of them tell apart. */
  private static final long OUTCOMES_MAX = 1L << 40;

  private ModelWire() {}

  /** A card as it is signed. */
  public static Model write(ModelCard card) {
    Model.Builder model =
        Model.newBuilder()
            .setName(card.id().toString())
            .setKind(write(card.kind()))
            .setDigest(Write.bytes(card.digest()))
            .setSizeBytes(card.sizeBytes())
            .setSampleCount(card.samples())
            .setSeed(card.seed())
            .setFeaturesVersion(card.featuresVersion())
            .putAllParameters(card.parameters())
            .setCreateTime(Write.time(card.trainedAt()));
    card.span().ifPresent(span -> model.setTrainingInterval(ResourceWire.write(span)));
    card.figures().forEach((resource, one) -> model.addEvaluations(write(resource, one)));
    card.championFigures()
        .forEach((resource, one) -> model.addChampionEvaluations(write(resource, one)));
    return model.build();
  }

  /**
   * Reads a card.
   *
   * @throws Refusal if a field is none
   * @throws IllegalArgumentException if its fields contradict each other
   */
  public static ModelCard read(Model model) {
    return new ModelCard(
        ModelId.parse(model.getName()),
        kind(model.getKind()),
        Write.bytes(model.getDigest()),
        model.getSizeBytes(),
        span(model),
        model.getSampleCount(),
        model.getSeed(),
        model.getFeaturesVersion(),
        new TreeMap<>(model.getParametersMap()),
        figures(model.getEvaluationsList()),
        figures(model.getChampionEvaluationsList()),
        Read.time("create_time", model.getCreateTime()));
  }

  private static Optional<Interval> span(Model model) {
    return model.hasTrainingInterval()
        ? Optional.of(
            new Interval(
                Read.time("training_interval", model.getTrainingInterval().getStartTime()),
                Read.time("training_interval", model.getTrainingInterval().getEndTime())))
        : Optional.empty();
  }

  /** How a model learns; XGBOOST where nothing is said. */
  public static ModelKind kind(Model.Kind kind) {
    return switch (kind) {
      case KIND_UNSPECIFIED, KIND_XGBOOST -> ModelKind.XGBOOST;
      case KIND_LSTM -> ModelKind.LSTM;
      case UNRECOGNIZED -> throw new Refusal(new Problem.EnumUnknown("kind", -1));
    };
  }

  /** How a model learns, for the wire. */
  public static Model.Kind write(ModelKind kind) {
    return switch (kind) {
      case XGBOOST -> Model.Kind.KIND_XGBOOST;
      case LSTM -> Model.Kind.KIND_LSTM;
    };
  }

  /** How often forecasts of a resource held, for the wire. */
  public static dev.holdfast.proto.forecast.v1.Coverage write(
      Resource resource, Coverage coverage) {
    return dev.holdfast.proto.forecast.v1.Coverage.newBuilder()
        .setResource(ResourceWire.write(resource))
        .setOutcomeCount(coverage.outcomes())
        .setP50(coverage.share(Quantile.P50))
        .setP90(coverage.share(Quantile.P90))
        .setP95(coverage.share(Quantile.P95))
        .setP99(coverage.share(Quantile.P99))
        .build();
  }

  private static Model.Evaluation write(Resource resource, Evaluation evaluation) {
    return Model.Evaluation.newBuilder()
        .setResource(ResourceWire.write(resource))
        .setOutcomeCount(evaluation.outcomes())
        .setScaledPinballLoss(evaluation.scaledPinballLoss())
        .setCoverage(write(resource, evaluation.coverage()))
        .build();
  }

  private static Map<Resource, Evaluation> figures(List<Model.Evaluation> evaluations) {
    Map<Resource, Evaluation> figures = new EnumMap<>(Resource.class);
    for (Model.Evaluation one : evaluations) {
      var shares = one.getCoverage();
      long count = one.getOutcomeCount();
      if (count < 0 || count > OUTCOMES_MAX) {
        throw new IllegalArgumentException("0 to 2^40 outcomes, not " + count);
      }
      Coverage coverage =
          new Coverage(
              count,
              counted(shares.getP50(), count),
              counted(shares.getP90(), count),
              counted(shares.getP95(), count),
              counted(shares.getP99(), count));
      figures.put(
          ResourceWire.resource("evaluations.resource", one.getResource()),
          new Evaluation(count, one.getScaledPinballLoss(), coverage));
    }
    return figures;
  }

  private static long counted(double share, long count) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is 0 to 1, not " + share);
    }
    return Math.round(share * count);
  }

  /** The bytes that are signed of a card. */
  public static Bytes signed(ModelCard card) {
    return Bytes.of(write(card).toByteArray());
  }
}
