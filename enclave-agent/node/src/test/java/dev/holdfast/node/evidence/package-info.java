/** Tests of what a node says of itself. */
@NullMarked
package dev.holdfast.node.evidence;

import org.jspecify.annotations.NullMarked;
