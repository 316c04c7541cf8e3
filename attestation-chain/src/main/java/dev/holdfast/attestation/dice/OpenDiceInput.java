package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import java.util.Optional;

/**
 * What one layer says of the next in the Open Profile for DICE (2.5, extension
 * 1.3.6.1.4.1.11129.2.1.24).
 *
 * @param codeHash the digest of its code
 * @param configurationHash the digest of its configuration
 * @param authorityHash the digest of who authorised it
 * @param mode how it runs
 */
public record OpenDiceInput(
    Optional<Bytes> codeHash,
    Optional<Bytes> configurationHash,
    Optional<Bytes> authorityHash,
    Mode mode) {
  /** How a layer runs. */
  public enum Mode {
    /** Nothing is said, or not enough is known of it. */
    NOT_CONFIGURED,
    /** As it should. */
    NORMAL,
    /** It can be debugged. */
    DEBUG,
    /** It runs to be repaired. */
    RECOVERY
  }
}
