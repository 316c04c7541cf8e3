package dev.holdfast.tests.fault.history;

/** How far a reservation has come, as far as capacity is concerned. It only ever goes on. */
public enum Phase {
  /** It holds what it asked for. */
  HELD(1),
  /** It was released, and holds until its nodes have given back. */
  RELEASING(2),
  /** It holds nothing any more. */
  FREED(3);

  private final int number;

  Phase(int number) {
    this.number = number;
  }

  /** Its place in the order, from 1. */
  int number() {
    return number;
  }
}
