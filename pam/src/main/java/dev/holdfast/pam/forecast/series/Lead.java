package dev.holdfast.pam.forecast.series;

/**
 * How far ahead, in kinds that are learnt from apart: the nearer the step asked about, the more is
 * known of it.
 */
enum Lead {
  /** The next step. */
  NEXT(0, 1),
  /** Two or three steps ahead. */
  NEAR(1, 3),
  /** Four to six. */
  MIDDLE(2, 6),
  /** Seven and more. */
  FAR(3, 12);

  private final int index;
  private final int steps;

  Lead(int index, int steps) {
    this.index = index;
    this.steps = steps;
  }

  /** Its place in arrays that hold something for each lead. */
  int index() {
    return index;
  }

  /** The furthest step that it is about; of {@link #FAR}, the one that it is learnt at. */
  int steps() {
    return steps;
  }

  static Lead of(int ahead) {
    return ahead <= 1 ? NEXT : ahead <= 3 ? NEAR : ahead <= 6 ? MIDDLE : FAR;
  }
}
