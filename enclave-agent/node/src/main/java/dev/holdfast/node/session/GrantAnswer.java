package dev.holdfast.node.session;

import com.google.rpc.Status;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.Grant;

/** How a request for a grant came out. */
public sealed interface GrantAnswer {
  /**
   * Use it, from now on.
   *
   * @param reservation tenants/{tenant}/reservations/{reservation}
   * @param grant what may be used
   * @param askedNanoTime when the request was sent, as {@link System#nanoTime} counts: the grant's
   *     lifetime runs from there
   */
  record Granted(String reservation, Grant grant, long askedNanoTime) implements GrantAnswer {}

  /**
   * No, and why.
   *
   * @param reason the status that a call would have ended with, with ErrorInfo
   */
  record Refused(Status reason) implements GrantAnswer {}

  /**
   * The grant to be renewed is revoked: stop using it at once.
   *
   * @param cause why
   */
  record Revoked(Cause cause) implements GrantAnswer {}

  /**
   * Nobody knows: no answer came in time. The request may be repeated under the same id; a late
   * answer goes to the {@link GrantListener}.
   *
   * @param connected whether there was a session when the wait ended
   */
  record Unanswered(boolean connected) implements GrantAnswer {}
}
