package dev.holdfast.tests.fault.history;

/** How far a reservation has come, as far as capacity is concerned. It only ever goes on. */
public enum Phase {
  /** It holds what it asked for. */
  HELD,
  /** It was released, and holds until its nodes have given back. */
  RELEASING,
  /** It holds nothing any more. */
  FREED
}
