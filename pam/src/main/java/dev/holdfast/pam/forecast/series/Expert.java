package dev.holdfast.pam.forecast.series;

/** Who is asked how a series goes on. */
public enum Expert {
  /** The model of the resource, over all series. */
  MODEL(1),
  /** Exponential smoothing of the series. */
  SMOOTHING(2),
  /** The series' latest {@link SeriesState#RECENT} steps as such. */
  RECENT(3);

  private final int number;

  Expert(int number) {
    this.number = number;
  }

  /** The number on the wire, 1 to 3. */
  public int number() {
    return number;
  }

  /** Its place in arrays that hold something for each expert. */
  int index() {
    return number - 1;
  }
}
