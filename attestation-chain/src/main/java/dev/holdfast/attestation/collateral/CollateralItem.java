package dev.holdfast.attestation.collateral;

import java.time.Duration;
import java.time.Instant;

/**
 * One document, list or certificate of a bundle, with its own clock.
 *
 * @param name what it is, such as {@code tcb-info}, {@code root-crl} or {@code certificate CN=…}
 * @param from from when on it holds
 * @param until until when it holds, the end included
 * @param kind how a time outside is called
 */
public record CollateralItem(String name, Instant from, Instant until, Kind kind) {
  /** What it is. */
  public enum Kind {
    /** TCB info or an enclave identity. */
    DOCUMENT,
    /** A revocation list. */
    CRL,
    /** A certificate. */
    CERTIFICATE
  }

  /** Whether it holds at a time. */
  public boolean holdsAt(Instant at) {
    return !at.isBefore(from) && !at.isAfter(until);
  }

  /** Whether it ends within a span of a time, or has ended. */
  public boolean expiringSoon(Instant at, Duration within) {
    return until.isBefore(at.plus(within));
  }
}
