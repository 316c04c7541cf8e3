package dev.holdfast.attestation;

/**
 * What a TPM says of its own resets and clock (TPM 2.0 Part 2, TPMS_CLOCK_INFO, firmwareVersion).
 *
 * @param resetCount TPM resets, as an unsigned 32-bit number
 * @param restartCount TPM restarts and resumes since the last reset, as an unsigned 32-bit number
 * @param clockMillis time that the TPM was powered, in milliseconds, as an unsigned 64-bit number
 * @param safe whether no higher clock value was ever reported
 * @param firmwareVersion the firmware's version, as an unsigned 64-bit number
 */
public record BootCounters(
    long resetCount, long restartCount, long clockMillis, boolean safe, long firmwareVersion) {
  /** Refuses counts that 32 bits cannot hold. */
  public BootCounters {
    if (resetCount >>> 32 != 0 || restartCount >>> 32 != 0) {
      throw new IllegalArgumentException("resetCount and restartCount have 32 bits");
    }
  }
}
