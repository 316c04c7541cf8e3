package dev.holdfast.tests.fault.history;

/**
 * A reservation as one answer showed it.
 *
 * @param phase how far it has come
 * @param amount what it holds; {@link Amount#NONE} once it is freed
 */
public record Standing(Phase phase, Amount amount) {
  /** Refuses a hold of nothing, and something held after the end. */
  public Standing {
    if ((phase == Phase.FREED) != amount.equals(Amount.NONE)) {
      throw new IllegalArgumentException(phase + " with " + amount);
    }
  }

  /** One that holds. */
  public static Standing held(Amount amount) {
    return new Standing(Phase.HELD, amount);
  }
}
