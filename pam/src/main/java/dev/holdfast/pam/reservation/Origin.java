package dev.holdfast.pam.reservation;

/** Who asked for a reservation. */
public enum Origin {
  /** A caller of the API. */
  CALLER,
  /** PAM itself, from a forecast. */
  FORECAST,
  /** An application, through the agent in its enclave. */
  AGENT
}
