package dev.holdfast.pam.signal;

/** What a policy does about a finding, from the mildest on. */
public enum Remedy {
  /** Tell people. Nothing is done to the workload. */
  ALERT,
  /** Hold less of the resource concerned, so that less can be used. */
  THROTTLE,
  /** Suspend the reservation: its grants end, and its capacity is kept. */
  ISOLATE,
  /** Release the reservation. */
  TERMINATE;

  /** Whether it can be taken back. */
  public boolean undoable() {
    return this == THROTTLE || this == ISOLATE;
  }
}
