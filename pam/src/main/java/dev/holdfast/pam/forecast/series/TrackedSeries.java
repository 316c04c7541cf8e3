package dev.holdfast.pam.forecast.series;

/**
 * A series with what was foretold of it: every outcome weighs the experts and the calibration anew.
 */
public final class TrackedSeries {
  /** Forecasts whose outcome is awaited, at most. */
  private static final int AWAITED_MAX = 8;

  private static final int QUANTILES = SeriesState.SHARES.length;

  private final SeriesState state;
  private final ExpertBlend blend = new ExpertBlend();
  private final int[] due = new int[AWAITED_MAX];
  private final byte[] leads = new byte[AWAITED_MAX];
  private final float[] foretold = new float[AWAITED_MAX * QUANTILES];
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
    blend.observe(steps, amount);
    double[] quantiles = new double[QUANTILES];
    for (int slot = 0; slot < AWAITED_MAX; slot++) {
      if (due[slot] == steps) {
        if (!Double.isNaN(amount)) {
          for (int q = 0; q < QUANTILES; q++) {
            quantiles[q] = foretold[slot * QUANTILES + q];
          }
          calibration.observe(Lead.of(leads[slot]), quantiles, amount);
        }
        due[slot] = 0;
      }
    }
    state.fold(start, amount);
  }

  /** What the experts say of a step ahead, made into one forecast and remembered. */
  void said(int ahead, double[] words, Calibration calibration, double[] into) {
    Lead lead = Lead.of(ahead);
    blend.blend(lead, words, into);
    calibration.apply(lead, into);
    if (ahead == lead.steps()) {
      blend.await(lead, steps + ahead, words);
      for (int slot = 0; slot < AWAITED_MAX; slot++) {
        if (due[slot] == 0) {
          due[slot] = steps + ahead;
          leads[slot] = (byte) lead.steps();
          for (int q = 0; q < QUANTILES; q++) {
            foretold[slot * QUANTILES + q] = (float) into[q];
          }
          return;
        }
      }
    }
  }
}
