package dev.holdfast.attestation.psa;

import java.util.Optional;

/**
 * The state of a root of trust's life (RFC 9783, 4.3.1; Arm CCA Security Model, platform
 * lifecycle): the upper byte of the claim; the lower one is for the implementation.
 */
public enum Lifecycle {
  /** Not told. */
  UNKNOWN(0x00, false),
  /** Being assembled and tested. */
  ASSEMBLY_AND_TEST(0x10, false),
  /** Getting its keys. */
  ROT_PROVISIONING(0x20, false),
  /** In service: the only state whose statements can be relied on. */
  SECURED(0x30, false),
  /** The software outside the root of trust can be debugged. */
  NON_ROT_DEBUG(0x40, true),
  /** The root of trust itself can be debugged, and be recovered afterwards. */
  RECOVERABLE_ROT_DEBUG(0x50, true),
  /** Out of service. */
  DECOMMISSIONED(0x60, false);

  private final int upper;
  private final boolean debug;

  Lifecycle(int upper, boolean debug) {
    this.upper = upper;
    this.debug = debug;
  }

  /** Whether anything can be debugged. */
  public boolean isDebug() {
    return debug;
  }

  /** The state of a claim, 0 to 65535; empty if no state has that number. */
  public static Optional<Lifecycle> of(long claim) {
    for (Lifecycle state : values()) {
      if (claim >> 8 == state.upper) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
