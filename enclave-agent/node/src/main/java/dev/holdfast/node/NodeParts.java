package dev.holdfast.node;

import dev.holdfast.node.session.Allocator;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.UsageMeter;

/**
 * What makes a process the node of its role.
 *
 * @param allocator makes allocations real
 * @param meter tells what was used
 * @param grantListener hears of grants that change unasked; {@link GrantListener#NONE} but in
 *     enclaves
 * @param softwareVersion such as holdfast-agent/0.1.0; at most 128 bytes
 */
public record NodeParts(
    Allocator allocator, UsageMeter meter, GrantListener grantListener, String softwareVersion) {
  /** Refuses a version that Hello cannot carry. */
  public NodeParts {
    if (softwareVersion.isEmpty() || softwareVersion.length() > 128) {
      throw new IllegalArgumentException("a software version has 1 to 128 characters");
    }
  }
}
