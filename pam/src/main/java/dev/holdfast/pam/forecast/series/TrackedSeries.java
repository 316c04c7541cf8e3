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
   * The far tail is known too little at any one time to be believed alone: these shares of the
   * width from p50 to p99 are what is usual of the series, and what is usual beside the width to
   * p95.
   */
  private static final double USUAL_SHARE = 0.4;

  private static final double BESIDE_P95_SHARE = 0.2;

  /**
   * The most that the width to p99 is believed to be usually of that to p95: it is so where {@code
   * 1/x} is left above {@code x}, a tail so heavy that it has no mean.
   */
  private static final double BESIDE_P95_MAX = (1 / 0.01 - 1 / 0.5) / (1 / 0.05 - 1 / 0.5);

  private static final double USUAL_RATE = 0.02;

  private final SeriesState state;
  private final ExpertBlend blend = new ExpertBlend();
  // Of each forecast that is awaited the steps until then, or 0; and what it teaches of
  // persistence.
  private final byte[] slots = new byte[2 * AWAITED.length];
  // What the experts said, and what was foretold; and what the last amount was then.
  private final AmountArray words = new AmountArray(AWAITED.length * (WORDS + SAID));
  private final float[] lasts = new float[AWAITED.length];
  // The usual widths from p50 to p95 of each lead, then those to p99; 0 where nothing is foretold.
  private final float[] usual = new float[2 * Lead.values().length];

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
      if (slots[slot] > 0 && --slots[slot] == 0 && !Double.isNaN(amount)) {
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
    double[] unmixed = new double[QUANTILES];
    blend.blend(lead, experts, unmixed);
    byte stays = slots[AWAITED.length + slot];
    calibration.persistence().observe(stays, lasts[slot], unmixed, state.unit(), amount);
    calibration.observe(lead, foretold, amount);
    blend.judge(lead, experts, amount);
  }

  /**
   * What the experts say of a step ahead, made into one forecast.
   *
   * @param goesOn whether the last amount says something of it
   * @param awaited whether it is remembered, and its outcome learnt from
   */
  void said(
      int ahead,
      double[] experts,
      Calibration calibration,
      boolean goesOn,
      boolean awaited,
      double[] into) {
    Lead lead = Lead.of(ahead);
    blend.blend(lead, experts, into);
    byte stays = goesOn ? calibration.persistence().mix(ahead, state, into) : Persistence.NOWHERE;
    into[3] = tail(lead, into, awaited);
    calibration.move(lead, into);
    if (awaited) {
      calibration.note(lead, into);
    }
    into[QUANTILES] = calibration.hold(lead, into);
    if (awaited && ahead == lead.steps()) {
      await(lead, experts, stays, into);
    }
  }

  /** What each expert's word weighs of a step ahead, at a quantile; 1 in all. */
  double[] weights(int ahead, Quantile quantile) {
    double[] weights = new double[ExpertBlend.EXPERTS];
    blend.weights(Lead.of(ahead), quantile.number() - 1, weights);
    return weights;
  }

  /** Remembers what was said, until the outcome comes. */
  private void await(Lead lead, double[] experts, byte stays, double[] quantiles) {
    for (int slot = 0; slot < AWAITED.length; slot++) {
      if (AWAITED[slot] == lead && slots[slot] == 0) {
        slots[slot] = (byte) lead.steps();
        lasts[slot] = (float) state.last();
        slots[AWAITED.length + slot] = stays;
        int from = slot * (WORDS + SAID);
        words.set(from, experts);
        words.set(from + WORDS, quantiles);
        return;
      }
    }
  }

  /** The p99 of what is foretold, after what is usual; at least its p95. */
  private double tail(Lead lead, double[] foretold, boolean awaited) {
    int to95 = lead.index();
    int to99 = Lead.values().length + to95;
    double width95 = foretold[2] - foretold[0];
    double width99 = foretold[3] - foretold[0];
    if (awaited) {
      double rate = usual[to99] == 0 ? 1 : USUAL_RATE;
      usual[to95] += (float) (rate * (width95 - usual[to95]));
      usual[to99] += (float) (rate * (width99 - usual[to99]));
    }
    double usually = usual[to99] == 0 ? width99 : usual[to99];
    double besideP95 =
        usual[to95] == 0 ? width99 : width95 * Math.min(usual[to99] / usual[to95], BESIDE_P95_MAX);
    double width =
        width99 + USUAL_SHARE * (usually - width99) + BESIDE_P95_SHARE * (besideP95 - width99);
    return Math.max(foretold[2], foretold[0] + width);
  }
}
