package dev.holdfast.pam.forecast.lstm;

import java.util.List;

/**
 * The weights of a network, each matrix by its inputs: what one input adds to every output stands
 * together. Gates come in PyTorch's order: input, forget, cell, output. Not to be changed.
 */
final class Weights {
  /** From the numbers of a step to the gates. */
  final float[] input;

  /** From the state to the gates. */
  final float[] recurrent;

  /** What gates begin with. */
  final float[] gates;

  /** From an even row to the hidden layer. */
  final float[] row;

  /** From the state to the hidden layer. */
  final float[] state;

  /** What the hidden layer begins with. */
  final float[] hidden;

  /** From the hidden layer to the quantiles. */
  final float[] out;

  /** From an even row to the quantiles. */
  final float[] direct;

  /** What quantiles begin with. */
  final float[] quantiles;

  /** In the order of {@link #parts}. */
  Weights(List<float[]> parts) {
    input = parts.get(0);
    recurrent = parts.get(1);
    gates = parts.get(2);
    row = parts.get(3);
    state = parts.get(4);
    hidden = parts.get(5);
    out = parts.get(6);
    direct = parts.get(7);
    quantiles = parts.get(8);
  }

  /** All of them, in the order in which they stand here. */
  List<float[]> parts() {
    return List.of(input, recurrent, gates, row, state, hidden, out, direct, quantiles);
  }
}
