package dev.holdfast.pam.reservation;

import java.util.Optional;

/** Where a reservation stands; each state carries what is true in it, and nothing else. */
public sealed interface ReservationState {
  /** The name on the wire and in words, such as {@code ACTIVE}. */
  String label();

  /** The states in which capacity counts against nodes. */
  sealed interface Holding extends ReservationState {
    /** What counts. */
    Hold hold();
  }

  /** The states that nothing follows. */
  sealed interface Final extends ReservationState {
    /** Why it ended. */
    Cause cause();
  }

  /**
   * Waits for capacity or for trust.
   *
   * @param cause what it waits for, once something was found missing
   */
  record Pending(Optional<Cause> cause) implements ReservationState {
    @Override
    public String label() {
      return "PENDING";
    }
  }

  /** Capacity is held and the nodes are being told. */
  record Provisioning(Hold hold) implements Holding {
    @Override
    public String label() {
      return "PROVISIONING";
    }
  }

  /** Usable: grants are issued. */
  record Active(Hold hold) implements Holding {
    @Override
    public String label() {
      return "ACTIVE";
    }
  }

  /** Trust was lost: grants are revoked and capacity is kept. */
  record Suspended(Hold hold, Cause cause) implements Holding {
    @Override
    public String label() {
      return "SUSPENDED";
    }
  }

  /** The nodes are being told to give the capacity back. */
  record Releasing(Hold hold, Cause cause) implements Holding {
    @Override
    public String label() {
      return "RELEASING";
    }
  }

  /** Ended, and nothing is held any more. */
  record Released(Cause cause) implements Final {
    @Override
    public String label() {
      return "RELEASED";
    }
  }

  /** Refused; nothing was ever held. */
  record Failed(Cause cause) implements Final {
    @Override
    public String label() {
      return "FAILED";
    }
  }
}
