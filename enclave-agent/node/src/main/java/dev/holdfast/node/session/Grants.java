package dev.holdfast.node.session;

import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * The desk where an enclave asks PAM for grants. Calls block until PAM answers or time is up; a
 * session that breaks meanwhile is opened again and the request repeated under its id.
 */
public interface Grants {
  /** Requests that may wait at once; one more is refused by {@link IllegalStateException}. */
  int WAITING_MAX = 1_024;

  /**
   * Asks for resources.
   *
   * @param requestId version 4; the same id for 24 hours is the same request
   * @param timeout how long to wait for an answer
   */
  GrantAnswer request(ResourceRequest wanted, UUID requestId, Duration timeout)
      throws InterruptedException;

  /**
   * Asks to keep a grant.
   *
   * @param grant tenants/{tenant}/reservations/{reservation}/grants/{grant}
   * @param wanted how much from now on; empty for as much as before
   * @param timeout how long to wait for an answer
   */
  GrantAnswer renew(String grant, Optional<ResourceVector> wanted, Duration timeout)
      throws InterruptedException;

  /**
   * Gives a grant back. It returns at once: without a session it is told to PAM at the next one, as
   * long as this process lives, and else the grant runs out.
   */
  void release(String grant);

  /** Whether there is a session now in which PAM answers. */
  boolean connected();
}
