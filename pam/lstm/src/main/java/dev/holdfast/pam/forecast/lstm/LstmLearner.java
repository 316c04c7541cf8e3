package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.SeriesLearner;
import dev.holdfast.pam.forecast.series.TrainingRows;
import dev.holdfast.pam.registry.ModelKind;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Learns a network that reads the columns which follow one another in time by an LSTM, and the
 * others beside it. PyTorch trains it, one network at a time in a process and by one thread; asking
 * it takes neither.
 */
public final class LstmLearner implements SeriesLearner {
  private final LstmRules rules;

  /** Learns by the rules that did best. */
  public LstmLearner() {
    this(LstmRules.SERIES);
  }

  LstmLearner(LstmRules rules) {
    this.rules = rules;
  }

  @Override
  public ModelKind kind() {
    return ModelKind.LSTM;
  }

  @Override
  public Bytes train(TrainingRows rows, long seed) {
    return LstmCodec.encode(LstmTraining.train(Lessons.of(rows), rules, seed));
  }

  @Override
  public QuantileModel read(Bytes model) {
    return LstmCodec.decode(model);
  }

  @Override
  public SortedMap<String, String> parameters() {
    return new TreeMap<>(
        Map.of(
            "state", Integer.toString(rules.state()),
            "hidden", Integer.toString(rules.hidden()),
            "dropped", Double.toString(rules.dropped()),
            "epochs", Integer.toString(rules.epochs()),
            "batch", Integer.toString(rules.batch()),
            "learningRate", Double.toString(rules.learningRate())));
  }
}
