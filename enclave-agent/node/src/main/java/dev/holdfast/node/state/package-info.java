/** The files that a node keeps. */
@NullMarked
package dev.holdfast.node.state;

import org.jspecify.annotations.NullMarked;
