package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.tpm2.AttestationKey;
import java.util.Optional;

/** What a node is known by since it was enrolled. */
public sealed interface Identity {
  /**
   * The attestation key of its TPM.
   *
   * @param key the key
   * @param lastAccepted the counters of the last accepted quote; empty where a first one, or one
   *     after a reboot, is asked for
   */
  record TpmKey(AttestationKey key, Optional<BootCounters> lastAccepted) implements Identity {}

  /**
   * Hardware that names itself in its evidence, such as a chip identifier.
   *
   * @param digest SHA-256 of what it must say
   */
  record Hardware(Bytes digest) implements Identity {}

  /**
   * Nothing yet: the node is being enrolled, or its hardware has no name that evidence proves. It
   * is then known by its measurements and the key of its channel only.
   */
  record Unknown() implements Identity {}
}
