package dev.holdfast.pam.forecast.lstm;

import dev.holdfast.pam.forecast.series.QuantileModel;
import dev.holdfast.pam.forecast.series.SeriesFeatures;
import dev.holdfast.pam.model.Quantile;
import java.util.Arrays;

/**
 * A trained network, asked in plain Java: the same answers as the library that trained it, without
 * a call into it. An LSTM reads the steps of a row in time; a hidden layer sees the state that it
 * ends in and the row, and says how the quantiles differ from what the row says by itself.
 */
final class LstmModel implements QuantileModel {
  static final int QUANTILES = Quantile.values().length;
  static final int GATES = 4;

  private final Evening evening;
  private final Weights weights;
  private final int states;
  private final int units;

  LstmModel(Evening evening, Weights weights) {
    this.evening = evening;
    this.weights = weights;
    states = weights.gates.length / GATES;
    units = weights.hidden.length;
  }

  Evening evening() {
    return evening;
  }

  Weights weights() {
    return weights;
  }

  @Override
  public void say(float[] rows, int count, float[] into) {
    float[] row = new float[evening.width()];
    float[] steps = new float[Timeline.STEPS * Timeline.CHANNELS];
    float[] state = new float[states];
    float[] known = new float[units];
    float[] hidden = new float[units];
    for (int i = 0; i < count; i++) {
      int from = i * SeriesFeatures.COUNT;
      evening.row(rows, from, row, 0);
      // Rows of one look at a series differ in the steps ahead only: what came before is read once.
      if (i == 0 || !Timeline.same(rows, from, from - SeriesFeatures.COUNT)) {
        Timeline.of(row, 0, steps, 0);
        remember(steps, state);
        System.arraycopy(weights.hidden, 0, known, 0, units);
        add(state, weights.state, known, 0, units);
      }
      System.arraycopy(known, 0, hidden, 0, units);
      add(row, weights.row, hidden, 0, units);
      for (int unit = 0; unit < units; unit++) {
        hidden[unit] = Math.max(0, hidden[unit]);
      }
      System.arraycopy(weights.quantiles, 0, into, i * QUANTILES, QUANTILES);
      add(row, weights.direct, into, i * QUANTILES, QUANTILES);
      add(hidden, weights.out, into, i * QUANTILES, QUANTILES);
    }
  }

  /** Adds what inputs give through a matrix. */
  private static void add(float[] inputs, float[] matrix, float[] sums, int at, int outputs) {
    for (int i = 0; i < inputs.length; i++) {
      float input = inputs[i];
      if (input != 0) {
        int from = i * outputs;
        for (int output = 0; output < outputs; output++) {
          sums[at + output] += input * matrix[from + output];
        }
      }
    }
  }

  /** The state in which the LSTM ends after some steps. */
  private void remember(float[] steps, float[] state) {
    float[] cell = new float[states];
    float[] gates = new float[GATES * states];
    float[] step = new float[Timeline.CHANNELS];
    Arrays.fill(state, 0);
    for (int at = 0; at < steps.length; at += step.length) {
      System.arraycopy(steps, at, step, 0, step.length);
      System.arraycopy(weights.gates, 0, gates, 0, gates.length);
      add(step, weights.input, gates, 0, gates.length);
      add(state, weights.recurrent, gates, 0, gates.length);
      for (int i = 0; i < states; i++) {
        float keeps = sigmoid(gates[states + i]) * cell[i];
        cell[i] = keeps + sigmoid(gates[i]) * (float) Math.tanh(gates[2 * states + i]);
        state[i] = sigmoid(gates[3 * states + i]) * (float) Math.tanh(cell[i]);
      }
    }
  }

  private static float sigmoid(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }
}
