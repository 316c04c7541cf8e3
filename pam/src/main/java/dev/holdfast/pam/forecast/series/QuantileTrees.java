package dev.holdfast.pam.forecast.series;

import java.util.Arrays;

/**
 * Boosted trees for the four quantiles, walked in plain Java: the same answers as the library that
 * trained them, without a call into it.
 *
 * <p>They speak of how {@code log(1 + SPREAD · amount / unit)} differs from that of smoothing's
 * median: there, a factor weighs the same in small and in large amounts, and quantiles pass through
 * any rising function unchanged.
 */
public final class QuantileTrees {
  /** Amounts below the unit's twentieth are near enough to nothing. */
  private static final double SPREAD = 20;

  /** Nothing is learnt from more than this many units: no series has seen the like before. */
  private static final double MULTIPLE_MAX = 100;

  private static final int QUANTILES = SeriesState.SHARES.length;
  private static final int LEFT_IF_MISSING = 1 << 31;

  private final int[] features;
  private final float[] values;
  private final int[] left;
  private final int[] right;
  private final int[] roots;
  private final byte[] quantiles;
  private final float[] base;

  /**
   * Trees in arrays, the nodes of one after those of another.
   *
   * @param features the column that a node asks for; {@link #leftIfMissing} of it where a missing
   *     amount goes left
   * @param values what an amount must be below to go left; of a leaf, what it adds
   * @param left where to go; -1 for a leaf
   * @param right where to go
   * @param roots the first node of each tree
   * @param quantiles for each tree, which quantile it is about, 0 to 3
   * @param base what each quantile begins at
   */
  public QuantileTrees(
      int[] features,
      float[] values,
      int[] left,
      int[] right,
      int[] roots,
      byte[] quantiles,
      float[] base) {
    this.features = features.clone();
    this.values = values.clone();
    this.left = left.clone();
    this.right = right.clone();
    this.roots = roots.clone();
    this.quantiles = quantiles.clone();
    this.base = base.clone();
    check();
  }

  private void check() {
    int nodes = values.length;
    boolean even = features.length == nodes && left.length == nodes && right.length == nodes;
    if (!even || quantiles.length != roots.length || base.length != QUANTILES) {
      throw new IllegalArgumentException("the parts of a model are of different sizes");
    }
    for (int i = 0; i < nodes; i++) {
      // Children come after their parent, so that every walk ends.
      boolean leaf = left[i] == -1;
      boolean onward = left[i] > i && left[i] < nodes && right[i] > i && right[i] < nodes;
      int feature = features[i] & ~LEFT_IF_MISSING;
      if (!Float.isFinite(values[i]) || (!leaf && (!onward || feature >= SeriesFeatures.COUNT))) {
        throw new IllegalArgumentException("node " + i + " of a model leads nowhere");
      }
    }
    for (int tree = 0; tree < roots.length; tree++) {
      if (roots[tree] < 0
          || roots[tree] >= nodes
          || quantiles[tree] < 0
          || quantiles[tree] >= QUANTILES) {
        throw new IllegalArgumentException("tree " + tree + " of a model stands nowhere");
      }
    }
  }

  /** Marks a column as one whose absence goes left. */
  public static int leftIfMissing(int feature) {
    return feature | LEFT_IF_MISSING;
  }

  /** What trees are trained to say of an amount. */
  static float label(double amount, double anchor, double unit) {
    double multiple = Math.min(amount / unit, MULTIPLE_MAX);
    return (float) (Math.log1p(SPREAD * multiple) - Math.log1p(SPREAD * anchor / unit));
  }

  /** The amount that trees speak of. */
  private static double amount(double label, double anchor, double unit) {
    double whole = label + Math.log1p(SPREAD * anchor / unit);
    return unit * Math.clamp(Math.expm1(whole) / SPREAD, 0, MULTIPLE_MAX);
  }

  /** How many trees there are. */
  public int size() {
    return roots.length;
  }

  /**
   * What the trees say of some rows, four numbers each, as XGBoost would give them.
   *
   * @param rows {@link SeriesFeatures#COUNT} numbers each, one after another
   */
  public void walk(float[] rows, int count, float[] into) {
    for (int row = 0; row < count; row++) {
      System.arraycopy(base, 0, into, row * QUANTILES, QUANTILES);
    }
    // Tree by tree: one tree stays in the cache for all rows.
    for (int tree = 0; tree < roots.length; tree++) {
      int quantile = quantiles[tree];
      int root = roots[tree];
      for (int row = 0; row < count; row++) {
        into[row * QUANTILES + quantile] += leaf(root, rows, row * SeriesFeatures.COUNT);
      }
    }
  }

  private float leaf(int root, float[] rows, int offset) {
    int node = root;
    int next = left[node];
    while (next != -1) {
      int feature = features[node];
      float amount = rows[offset + (feature & ~LEFT_IF_MISSING)];
      boolean goesLeft = Float.isNaN(amount) ? feature < 0 : amount < values[node];
      node = goesLeft ? next : right[node];
      next = left[node];
    }
    return values[node];
  }

  /** Rising amounts from what {@link #walk} gave of one row. */
  static void amounts(
      float[] labels, int row, double anchor, double unit, double[] into, int offset) {
    for (int q = 0; q < QUANTILES; q++) {
      into[offset + q] = amount(labels[row * QUANTILES + q], anchor, unit);
    }
    // Each quantile is learnt by itself, so they may cross.
    Arrays.sort(into, offset, offset + QUANTILES);
  }
}
