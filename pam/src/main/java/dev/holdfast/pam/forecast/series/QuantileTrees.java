package dev.holdfast.pam.forecast.series;

/**
 * Boosted trees for the four quantiles, walked in plain Java: the same answers as the library that
 * trained them, without a call into it.
 */
public final class QuantileTrees implements QuantileModel {
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

  /** How many trees there are. */
  public int size() {
    return roots.length;
  }

  @Override
  public void say(float[] rows, int count, float[] into) {
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
}
