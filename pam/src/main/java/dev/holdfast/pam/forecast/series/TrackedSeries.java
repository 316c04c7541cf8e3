package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.Quantile;

/**
 * A series with what was foretold of it: every outcome weighs the experts and the calibration anew.
 * It has less than 2 KiB.
 */
public final class TrackedSeries {
  /** The leads of the forecasts whose outcome is awaited at a time; others are not learnt from. */
  private static final Lead[] AWAITED = {
    Lead.NEXT, Lead.NEAR, Lead.NEAR, Lead.MIDDLE, Lead.MIDDLE, Lead.FAR, Lead.FAR, Lead.FAR
  };

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
  // Of each that is awaited: the steps until then or 0, what the experts said, what was foretold.
  private final byte[] stepsLeft = new byte[AWAITED.length];
  private final AmountArray words = new AmountArray(AWAITED.length * (WORDS + SAID));
  private final short[] usualWidth = new short[Lead.values().length];

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
    for (int slot = 0; slot < AWAITED.length; slot++) {
      if (stepsLeft[slot] > 0 && --stepsLeft[slot] == 0 && !Double.isNaN(amount)) {
        judge(slot, amount, calibration);
      }
    }
    state.fold(start, amount);
  }

  private void judge(int slot, double amount, Calibration calibration) {
    Lead lead = AWAITED[slot];
    double[] experts = new double[WORDS];
    double[] foretold = new double[SAID];
    int from = slot * (WORDS + SAID);
    words.copy(from, experts);
    words.copy(from + WORDS, foretold);
    blend.judge(lead, experts, amount);
    calibration.observe(lead, foretold, amount);
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
    for (int slot = 0; slot < AWAITED.length; slot++) {
      if (AWAITED[slot] == lead && stepsLeft[slot] == 0) {
        stepsLeft[slot] = (byte) lead.steps();
        int from = slot * (WORDS + SAID);
        words.set(from, experts);
        words.set(from + WORDS, quantiles);
        return;
      }
    }
  }

  private void note(Lead lead, double width) {
    double usual = usual(lead, width) * (1 - USUAL_RATE) + USUAL_RATE * width;
    usualWidth[lead.index()] = ShortAmount.nearest(usual);
  }

  /** The usual width of forecasts, or that of the first one. */
  private double usual(Lead lead, double width) {
    double usual = ShortAmount.amount(usualWidth[lead.index()]);
    return usual == 0 ? width : usual;
  }
}
