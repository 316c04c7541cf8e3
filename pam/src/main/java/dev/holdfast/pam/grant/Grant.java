package dev.holdfast.pam.grant;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.ResourceVector;
import java.time.Duration;
import java.time.Instant;

/**
 * Permission to use held capacity for a short time.
 *
 * @param name its name
 * @param generation goes up with every renewal or change, from 1
 * @param chain the chain that it rests on
 * @param limits what may be used
 * @param safeLimits what may be used once it has expired and PAM cannot be reached; within limits
 * @param lifetime how long the limits last, counted by the holder from when it asked; above zero
 * @param expiresAt when that ends by PAM's clock; never later than the chain's end
 * @param safeLifetime how long the safe limits last from then on, by the holder's same clock; never
 *     beyond the chain's end, and zero where nothing is kept
 * @param refreshInterval how long to wait before renewing; less than half of the lifetime
 * @param node the node that holds it
 */
public record Grant(
    GrantName name,
    long generation,
    ChainName chain,
    ResourceVector limits,
    ResourceVector safeLimits,
    Duration lifetime,
    Instant expiresAt,
    Duration safeLifetime,
    Duration refreshInterval,
    NodeName node) {
  /** Refuses what contradicts itself. */
  public Grant {
    if (generation < 1) {
      throw new IllegalArgumentException("generations count from 1, not " + generation);
    }
    if (!safeLimits.fitsWithin(limits)) {
      throw new IllegalArgumentException("safe limits " + safeLimits + " exceed " + limits);
    }
    if (!lifetime.isPositive()) {
      throw new IllegalArgumentException("a grant lasts some time, not " + lifetime);
    }
    if (safeLifetime.isNegative()) {
      throw new IllegalArgumentException("safe limits last some time or none, not " + safeLifetime);
    }
    if (refreshInterval.isNegative() || refreshInterval.multipliedBy(2).compareTo(lifetime) >= 0) {
      throw new IllegalArgumentException(
          "refresh interval " + refreshInterval + " is not within half of " + lifetime);
    }
  }

  /** Whether it may still be used. */
  public boolean live(Instant now) {
    return now.isBefore(expiresAt);
  }

  /**
   * This grant as one is told who asks for it again, and who counts from then on: with the lifetime
   * that is left.
   *
   * @param now PAM's time, while it is live
   */
  public Grant leftAt(Instant now) {
    Duration left = Duration.between(now, expiresAt);
    if (left.compareTo(lifetime) >= 0) {
      return this;
    }
    return new Grant(
        name,
        generation,
        chain,
        limits,
        safeLimits,
        left,
        expiresAt,
        safeLifetime,
        left.dividedBy(3),
        node);
  }

  /** When the last of it ends by PAM's clock, safe limits included. */
  public Instant safeUntil() {
    return expiresAt.plus(safeLifetime);
  }
}
