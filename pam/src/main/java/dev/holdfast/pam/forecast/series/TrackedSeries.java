package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;

/**
 * A series with what was foretold of it: every outcome weighs the experts and the calibration anew.
 */
public final class TrackedSeries {
  /** Forecasts whose outcome is awaited, at most; others are not learnt from. */
  private static final int AWAITED_MAX = 8;

  private static final int QUANTILES = SeriesState.SHARES.length;
  private static final int WORDS = ExpertBlend.EXPERTS * QUANTILES;

  /** What is said of a step: the quantiles, and what to hold. */
  static final int SAID = QUANTILES + 1;

  /**
   * The far tail is known too little at any one time to be believed alone: this share of its width
   * is what is usual for the series.
   */
  private static final double USUAL_SHARE = 0.4;

  private static final double USUAL_RATE = 0.02;

  private final SeriesState state;
  private final ExpertBlend blend = new ExpertBlend();
  private final int[] due = new int[AWAITED_MAX];
  private final byte[] leads = new byte[AWAITED_MAX];
  // The upper half of a float: what is learnt of the experts needs no more digits.
  private final short[] words = new short[AWAITED_MAX * WORDS];
  private final float[] foretold = new float[AWAITED_MAX * SAID];
  private final float[] usualWidth = new float[Lead.values().length];
  private int steps;

  /** Nothing is known of it yet. */
  public TrackedSeries(int step) {
    state = new SeriesState(step);
  }

  /** What is kept of the series. */
  public SeriesState state() {
    return state;
  }

  /**
   * The next step; see {@link SeriesState#fold}.
   *
   * @param calibration of this resource: learns from what was foretold of this step
   */
  public void fold(long start, double amount, Calibration calibration) {
    steps++;
    for (int slot = 0; slot < AWAITED_MAX; slot++) {
      if (due[slot] == steps) {
        due[slot] = 0;
        if (!Double.isNaN(amount)) {
          judge(slot, amount, calibration);
        }
      }
    }
    state.fold(start, amount);
  }

  private void judge(int slot, double amount, Calibration calibration) {
    Lead lead = Lead.of(leads[slot]);
    double[] experts = new double[WORDS];
    for (int i = 0; i < WORDS; i++) {
      experts[i] = Float.intBitsToFloat(words[slot * WORDS + i] << 16);
    }
    blend.judge(lead, experts, amount);
    double[] quantiles = new double[SAID];
    for (int q = 0; q < SAID; q++) {
      quantiles[q] = foretold[slot * SAID + q];
    }
    calibration.observe(lead, quantiles, amount);
  }

  /**
   * What the experts say of a step ahead, made into one forecast.
   *
   * @param awaited whether it is remembered, and its outcome learnt from
   */
  void said(int ahead, double[] experts, Calibration calibration, boolean awaited, double[] into) {
    Lead lead = Lead.of(ahead);
    blend.blend(lead, experts, into);
    double width = into[3] - into[0];
    if (awaited) {
      note(lead, width);
    }
    into[3] = Math.max(into[2], into[0] + width + USUAL_SHARE * (usual(lead, width) - width));
    calibration.move(lead, into);
    if (awaited) {
      calibration.note(lead, into);
    }
    into[QUANTILES] = calibration.hold(lead, into);
    if (awaited && ahead == lead.steps()) {
      await(lead, experts, into);
    }
  }

  /** What each expert's word weighs of a step ahead, at a quantile; 1 in all. */
  double[] weights(int ahead, Quantile quantile) {
    double[] weights = new double[ExpertBlend.EXPERTS];
    blend.weights(Lead.of(ahead), quantile.number() - 1, weights);
    return weights;
  }

  /** Remembers what was said, until the outcome comes. */
  private void await(Lead lead, double[] experts, double[] quantiles) {
    for (int slot = 0; slot < AWAITED_MAX; slot++) {
      if (due[slot] == 0) {
        due[slot] = steps + lead.steps();
        leads[slot] = (byte) lead.steps();
        for (int i = 0; i < WORDS; i++) {
          words[slot * WORDS + i] = (short) (Float.floatToIntBits((float) experts[i]) >>> 16);
        }
        for (int q = 0; q < SAID; q++) {
          foretold[slot * SAID + q] = (float) quantiles[q];
        }
        return;
      }
    }
  }

  private void note(Lead lead, double width) {
    usualWidth[lead.index()] = (float) (usual(lead, width) * (1 - USUAL_RATE) + USUAL_RATE * width);
  }

  /** The usual width of forecasts, or that of the first one. */
  private double usual(Lead lead, double width) {
    float usual = usualWidth[lead.index()];
    return usual == 0 ? width : usual;
  }
}
