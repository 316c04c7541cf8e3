package dev.holdfast.fuzz;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.result.SignedStatement;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.registry.Evaluation;
import dev.holdfast.pam.registry.ModelCard;
import dev.holdfast.pam.registry.ModelId;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.server.learn.model.ModelShelf;
import dev.holdfast.server.wire.ModelWire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The card of a model: no statement passes without the key, and what is read is a card. */
final class ModelCardTarget implements Target {
  @Override
  public Class<?> reader() {
    return ModelWire.class;
  }

  @Override
  public List<Bytes> seeds() {
    Bytes artefact = Bytes.utf8("a model");
    Evaluation figure = new Evaluation(300, 0.5, new Coverage(300, 150, 270, 285, 297));
    ModelCard card =
        new ModelCard(
            ModelId.of(ModelKind.XGBOOST, artefact),
            ModelKind.XGBOOST,
            Sha256.of(artefact),
            artefact.length(),
            Optional.of(Interval.from(ResultTarget.AT, Duration.ofDays(20))),
            10_000,
            7,
            2,
            new TreeMap<>(Map.of("rounds", "100")),
            Map.of(Resource.CPU_MILLICORES, figure),
            Map.of(Resource.CPU_MILLICORES, figure),
            ResultTarget.AT);
    return List.of(ModelWire.signed(card), Bytes.utf8("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"));
  }

  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    if (SignedStatement.open(ModelShelf.CARD_TYPE, text, ModelShelf.STATEMENT_MAX, ResultTarget.KEY)
        instanceof SignedStatement.Genuine) {
      throw new IllegalStateException("a card was believed without the key");
    }
    try {
      ModelCard card = ModelWire.read(Model.parseFrom(data));
      if (!ModelWire.read(ModelWire.write(card)).equals(card)) {
        throw new IllegalStateException("a card is written otherwise than it was read");
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException | Refusal none) {
      // It is no card, and that is said.
    }
  }
}
