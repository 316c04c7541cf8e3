/** A node's identity: how it comes by one, keeps it, and renews it. */
@NullMarked
package dev.holdfast.node.enrol;

import org.jspecify.annotations.NullMarked;
