package dev.holdfast.attestation.spdm;

import java.util.Optional;

/** A version of SPDM that is understood (DSP0274, SPDMVersion). */
public enum SpdmVersion {
  /** 1.1: the signature covers the measurement messages alone. */
  V1_1(0x11, "1.1"),
  /** 1.2: the signature covers the negotiation too, and names its purpose. */
  V1_2(0x12, "1.2");

  private final int number;
  private final String label;

  SpdmVersion(int number, String label) {
    this.number = number;
    this.label = label;
  }

  /** Major and minor version in one byte, as every message begins. */
  public int number() {
    return number;
  }

  /** The number as people write it. */
  public String label() {
    return label;
  }

  /** The version that a first byte stands for. */
  public static Optional<SpdmVersion> ofNumber(int number) {
    for (SpdmVersion version : values()) {
      if (version.number == number) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }
}
