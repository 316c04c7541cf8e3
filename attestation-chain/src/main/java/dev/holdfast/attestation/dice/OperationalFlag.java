package dev.holdfast.attestation.dice;

import java.util.Locale;

/**
 * What is wrong with a layer, by its own word (TCG DICE Attestation Architecture 1.1, 6.1.1,
 * OperationalFlags); the bits behind these say how a layer is protected, and are not read.
 */
public enum OperationalFlag {
  /** It lacks its configuration, so that its identity means nothing yet. */
  NOT_CONFIGURED(0),
  /** Its protection is not in force. */
  NOT_SECURE(1),
  /** It runs to be repaired. */
  RECOVERY(2),
  /** It can be debugged. */
  DEBUG(3);

  private final int bit;

  OperationalFlag(int bit) {
    this.bit = bit;
  }

  /** Its place in the bit string, from 0. */
  public int bit() {
    return bit;
  }

  /** The name in claims, such as {@code not-configured}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
