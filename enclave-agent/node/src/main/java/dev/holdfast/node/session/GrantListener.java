package dev.holdfast.node.session;

import dev.holdfast.proto.reservation.v1.GrantUpdate;

/** Whoever must hear of grants that change unasked: limits lowered, trust withdrawn. */
@FunctionalInterface
public interface GrantListener {
  /** Hears nothing. */
  GrantListener NONE = (update, countsFromNanoTime) -> {};

  /**
   * Takes an update that nobody waits for. Called in the order of arrival by the session's own
   * thread: returns at once. What is not of a newer generation than known is to be ignored.
   *
   * @param update a grant, a refusal or a revocation
   * @param countsFromNanoTime where a grant's lifetime runs from, as {@link System#nanoTime}
   *     counts: when the request was sent that this answers too late, else when it came
   */
  void updated(GrantUpdate update, long countsFromNanoTime);
}
