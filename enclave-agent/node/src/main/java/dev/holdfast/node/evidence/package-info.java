/** The answers to challenges: what a node says of itself, bound to one digest. */
@NullMarked
package dev.holdfast.node.evidence;

import org.jspecify.annotations.NullMarked;
