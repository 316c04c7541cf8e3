package dev.holdfast.server.learn.model;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.Calibration;
import dev.holdfast.pam.forecast.series.Contributions;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The champion of each resource, ready to be asked, and the calibration of what is said with it.
 * Not for several threads at once, but where it says so.
 */
final class ServingModels {
  private static final Logger LOG = LoggerFactory.getLogger(ServingModels.class);

  private final Function<Resource, Optional<Models.Serving>> champions;
  private final Map<ModelKind, SeriesLearner> learners = new EnumMap<>(ModelKind.class);
  private volatile Map<Resource, Loaded> loaded = Map.of();
  private final Map<Resource, Calibration> calibrations = new EnumMap<>(Resource.class);

  /**
   * A champion.
   *
   * @param model empty if it cannot be asked by this release
   */
  private record Loaded(ModelId id, Optional<QuantileModel> model) {}

  ServingModels(
      Function<Resource, Optional<Models.Serving>> champions, List<SeriesLearner> learners) {
    this.champions = champions;
    learners.forEach(learner -> this.learners.put(learner.kind(), learner));
  }

  /** Looks who leads now. May block in native code, and be called while others ask. */
  void refresh() {
    Map<Resource, Loaded> now = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      Optional<Loaded> before = Optional.ofNullable(loaded.get(resource));
      champions
          .apply(resource)
          .ifPresent(
              champion -> {
                ModelId id = champion.card().id();
                now.put(
                    resource,
                    before
                        .filter(one -> one.id().equals(id))
                        .orElseGet(() -> new Loaded(id, read(champion, resource))));
              });
    }
    loaded = Collections.unmodifiableMap(now);
  }

  private Optional<QuantileModel> read(Models.Serving champion, Resource resource) {
    ModelId id = champion.card().id();
    SeriesLearner learner = learners.get(champion.card().kind());
    if (learner == null) {
      LOG.warn("{} leads {}, and this server has nothing that asks it", id, resource);
      return Optional.empty();
    }
    try {
      Bytes model = SeriesArtefact.read(champion.artefact()).models().get(resource);
      return Optional.ofNullable(model).map(learner::read);
    } catch (IllegalArgumentException otherRelease) {
      LOG.warn("{} is no model of this release: {}", id, otherRelease.toString());
      return Optional.empty();
    }
  }

  /** The champion of a resource; empty where there is none. */
  Optional<QuantileModel> model(Resource resource) {
    return Optional.ofNullable(loaded.get(resource)).flatMap(Loaded::model);
  }

  /** The name of what {@link #model} gives. */
  Optional<ModelId> id(Resource resource) {
    return Optional.ofNullable(loaded.get(resource))
        .filter(one -> one.model().isPresent())
        .map(Loaded::id);
  }

  /**
   * How far each column of a row moved what a champion says; empty where it cannot tell, or leads
   * no longer. Blocks in native code; safe for several threads.
   */
  Optional<List<Contributions>> contributions(Resource resource, ModelId id, float[] row) {
    return champions
        .apply(resource)
        .filter(champion -> champion.card().id().equals(id))
        .flatMap(champion -> contributions(champion, resource, row));
  }

  private Optional<List<Contributions>> contributions(
      Models.Serving champion, Resource resource, float[] row) {
    SeriesLearner learner = learners.get(champion.card().kind());
    Bytes model = SeriesArtefact.read(champion.artefact()).models().get(resource);
    return learner == null || model == null ? Optional.empty() : learner.contributions(model, row);
  }

  Calibration calibration(Resource resource) {
    return calibrations.computeIfAbsent(resource, _ -> new Calibration());
  }
}
