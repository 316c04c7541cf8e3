package dev.holdfast.pam.forecast.lstm;

/**
 * How a network is trained.
 *
 * @param state numbers that the LSTM remembers by, 1 to {@link #STATE_MAX}
 * @param hidden units of the layer behind it, 1 to {@link #HIDDEN_MAX}
 * @param dropped the share of hidden units that every row goes without while it is learnt from, 0
 *     to below 1
 * @param epochs how often all rows are seen, 1 to 100
 * @param batch looks at a series for each step of the descent, 1 to 4096
 * @param learningRate of Adam at first, above 0 to 1; it falls to nothing along a cosine
 */
record LstmRules(
    int state, int hidden, double dropped, int epochs, int batch, double learningRate) {
  static final int STATE_MAX = 256;
  static final int HIDDEN_MAX = 1024;

  /** What did best on held-out days; see the docs on the LSTM. */
  static final LstmRules SERIES = new LstmRules(32, 64, 0.3, 8, 64, 0.002);

  /** Refuses what is out of range. */
  LstmRules {
    if (state < 1 || state > STATE_MAX || hidden < 1 || hidden > HIDDEN_MAX) {
      throw new IllegalArgumentException(state + " numbers of state, " + hidden + " units");
    }
    if (!(dropped >= 0 && dropped < 1)) {
      throw new IllegalArgumentException("units dropped: " + dropped);
    }
    if (epochs < 1 || epochs > 100 || batch < 1 || batch > 4096) {
      throw new IllegalArgumentException(epochs + " epochs in batches of " + batch);
    }
    if (!(learningRate > 0 && learningRate <= 1)) {
      throw new IllegalArgumentException("learning rate " + learningRate);
    }
  }
}
