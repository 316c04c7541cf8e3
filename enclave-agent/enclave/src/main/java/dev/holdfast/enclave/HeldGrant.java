package dev.holdfast.enclave;

import com.google.protobuf.Duration;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Instant;
import java.util.Optional;

/**
 * One grant as the broker holds it. All times are {@link System#nanoTime}; its broker's lock guards
 * it.
 *
 * <p>Its phases: live, until the lifetime counted from when it was asked for has passed; then, if
 * PAM gave no answer, safe, with the safe limits, for the safe lifetime that PAM gave: what the
 * chain has left at most, and often none; then ended. PAM's refusal to renew ends it with its
 * lifetime, and a revocation at once.
 */
final class HeldGrant {
  /** The longest lifetime believed, and the longest safe lifetime: a day each. */
  private static final long LIFETIME_NANOS_MAX = 86_400_000_000_000L;

  private final Caller owner;
  private final Optional<Instant> ownerStarted;
  private final String requestId;
  private final String reservation;
  private Grant grant;
  private long expiresAt;
  private long safeUntil;
  private long refreshAt;
  private boolean safe;
  private boolean renewing;
  private Optional<Cause> notRenewed = Optional.empty();
  private Optional<Cause> ended = Optional.empty();

  HeldGrant(Caller owner, String requestId, String reservation, Grant grant, long countsFrom) {
    this.owner = owner;
    this.ownerStarted = started(owner);
    this.requestId = requestId;
    this.reservation = reservation;
    this.grant = grant;
    count(countsFrom);
  }

  private static Optional<Instant> started(Caller owner) {
    return ProcessHandle.of(owner.pid()).flatMap(process -> process.info().startInstant());
  }

  private static long nanos(Duration duration) {
    if (duration.getSeconds() < 0 || duration.getNanos() < 0) {
      return 0;
    }
    return duration.getSeconds() >= LIFETIME_NANOS_MAX / 1_000_000_000
        ? LIFETIME_NANOS_MAX
        : duration.getSeconds() * 1_000_000_000 + duration.getNanos();
  }

  private static Duration duration(long nanos) {
    return Duration.newBuilder()
        .setSeconds(nanos / 1_000_000_000)
        .setNanos((int) (nanos % 1_000_000_000))
        .build();
  }

  private void count(long from) {
    long lifetime = nanos(grant.getLifetime());
    long refresh = nanos(grant.getRefreshInterval());
    expiresAt = from + lifetime;
    safeUntil = expiresAt + nanos(grant.getSafeLifetime());
    refreshAt = from + (refresh > 0 && refresh < lifetime ? refresh : lifetime / 3);
    safe = false;
    notRenewed = Optional.empty();
  }

  Caller owner() {
    return owner;
  }

  String requestId() {
    return requestId;
  }

  String reservation() {
    return reservation;
  }

  String name() {
    return grant.getName();
  }

  boolean isLive() {
    return ended.isEmpty();
  }

  /** Whether the process that asked is there: the same one, not a later one with its number. */
  boolean ownerLives() {
    return ProcessHandle.of(owner.pid()).filter(ProcessHandle::isAlive).isPresent()
        && started(owner).equals(ownerStarted);
  }

  /** Takes a newer grant; one that is not newer changes nothing. */
  boolean take(Grant next, long countsFrom) {
    if (ended.isPresent() || next.getGeneration() <= grant.getGeneration()) {
      return false;
    }
    grant = next;
    count(countsFrom);
    return true;
  }

  boolean beginRenewal(long now) {
    if (ended.isPresent() || renewing || notRenewed.isPresent() || now - refreshAt < 0) {
      return false;
    }
    renewing = true;
    return true;
  }

  void endRenewal(long tryAgainAt) {
    renewing = false;
    if (tryAgainAt - refreshAt > 0) {
      refreshAt = tryAgainAt;
    }
  }

  void renewalRefused(Cause cause) {
    renewing = false;
    notRenewed = Optional.of(cause);
  }

  /** Moves on to what the time says; true if that changed what may be used. */
  boolean advance(long now) {
    if (ended.isPresent() || now - expiresAt < 0) {
      return false;
    }
    if (notRenewed.isPresent()) {
      ended = notRenewed;
      return true;
    }
    if (now - safeUntil >= 0) {
      ended =
          Optional.of(
              Cause.newBuilder()
                  .setReason("GRANT_EXPIRED")
                  .setMessage("PAM could not be reached while the grant lasted; ask again.")
                  .setSubject(name())
                  .build());
      return true;
    }
    boolean changed = !safe;
    safe = true;
    return changed;
  }

  void end(Cause cause) {
    if (ended.isEmpty()) {
      ended = Optional.of(cause);
    }
  }

  /** When to look at it again: at most this many nanoseconds from now. */
  long untilNextEvent(long now) {
    long event = (safe ? safeUntil : expiresAt) - now;
    return renewing || notRenewed.isPresent() ? event : Math.min(event, refreshAt - now);
  }

  ResourceVector limits() {
    return safe ? grant.getSafeLimits() : grant.getLimits();
  }

  long nanosToExpiry(long now) {
    return expiresAt - now;
  }

  /**
   * The grant with what is left of it: who is told counts from then on, and must not count longer
   * than is counted here.
   */
  Grant told(long now) {
    long left = Math.max(0, (safe ? safeUntil : expiresAt) - now);
    Grant.Builder told =
        grant.toBuilder()
            .setLifetime(duration(left))
            .setRefreshInterval(duration(Math.clamp(refreshAt - now, 0, left / 3)));
    return safe ? told.setLimits(limits()).clearSafeLifetime().build() : told.build();
  }

  /** How it stands, as the application is told. */
  GrantUpdate update(long now) {
    GrantUpdate.Builder update =
        GrantUpdate.newBuilder().setRequestId(requestId).setReservation(reservation);
    if (ended.isPresent()) {
      return update.setRevocation(ended.get()).build();
    }
    return update.setGrant(told(now)).build();
  }
}
