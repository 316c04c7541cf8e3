package dev.holdfast.server.service;

import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.Training;
import dev.holdfast.server.learn.model.ModelShelf;
import dev.holdfast.server.learn.model.Models;
import dev.holdfast.server.wire.ModelWire;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.Write;

/** Models and their training as the wire has them. */
final class ModelMessages {
  private ModelMessages() {}

  static Model model(ModelShelf.Kept kept, Champions champions) {
    ModelId id = kept.card().id();
    Model.Builder model =
        ModelWire.write(kept.card()).toBuilder()
            .setSignature(kept.signature())
            .setState(
                !champions.led(id).isEmpty()
                    ? Model.State.STATE_CHAMPION
                    : champions.remembers(id)
                        ? Model.State.STATE_RETIRED
                        : Model.State.STATE_CHALLENGER);
    for (Resource resource : champions.led(id)) {
      model.addChampionResources(ResourceWire.write(resource));
      if (champions.pinned().contains(resource)) {
        model.addPinnedResources(ResourceWire.write(resource));
      }
    }
    return model.build();
  }

  static Training training(Models.Progress progress) {
    Training.Builder training =
        Training.newBuilder()
            .setState(Training.State.STATE_RUNNING)
            .setKind(ModelWire.write(progress.order().kind()))
            .setSeed(progress.order().seed())
            .setStartTime(Write.time(progress.startedAt()));
    progress
        .end()
        .ifPresent(
            end ->
                training
                    .setState(
                        end.model().isPresent()
                            ? Training.State.STATE_DONE
                            : Training.State.STATE_FAILED)
                    .setEndTime(Write.time(end.at()))
                    .setModel(end.model().map(ModelId::toString).orElse(""))
                    .setMessage(end.words()));
    return training.build();
  }
}
