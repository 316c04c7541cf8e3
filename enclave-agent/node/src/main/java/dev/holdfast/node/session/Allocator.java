package dev.holdfast.node.session;

import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.util.List;
import java.util.Set;

/**
 * What makes a node's allocations real: one kind for each role.
 *
 * <p>The session calls {@link #apply} and {@link #withdraw} one at a time and never with an older
 * generation than it has passed on before for that reservation; {@link #held} and {@link #capacity}
 * may be called meanwhile by other threads. An exception is reported to PAM as STATE_FAILED, and
 * the command is repeated later.
 *
 * <p>An allocator whose allocations outlive the process keeps the {@link Allocation} messages
 * itself, so that {@link #held} is whole, generation and orphan lifetime included, after a restart.
 */
public interface Allocator {
  /** What the node does. */
  NodeRole role();

  /** What it has to allot, now; each amount in the unit of its field. */
  ResourceVector capacity();

  /** The resources that it can allot and meter. */
  Set<Resource> resources();

  /** Whether it can hold content in an attested cache. */
  default boolean prefetches() {
    return false;
  }

  /**
   * Makes one allocation so. It says what should be: repeating it changes nothing.
   *
   * @param desired never a withdrawal; the detail may be of another role, which is refused
   * @return how that stands now; slow work may go on behind STATE_APPLYING
   * @throws InterruptedException when the node ends meanwhile
   */
  AllocationStatus apply(Allocation desired) throws InterruptedException;

  /**
   * Gives everything back that is held for a reservation. What is not held is withdrawn already.
   *
   * @param reservation tenants/{tenant}/reservations/{reservation}
   * @param generation the hold's generation that is given up
   * @return STATE_WITHDRAWN once nothing is held any more
   * @throws InterruptedException when the node ends meanwhile
   */
  AllocationStatus withdraw(String reservation, long generation) throws InterruptedException;

  /** How everything that is held stands, withdrawn allocations left out. */
  List<AllocationStatus> held();

  /**
   * Asks to be told when {@link #held} or {@link #capacity} changes by itself. Without it, changes
   * are found at the next heartbeat.
   *
   * @param changed returns at once and may be called from any thread
   */
  default void watch(Runnable changed) {}
}
