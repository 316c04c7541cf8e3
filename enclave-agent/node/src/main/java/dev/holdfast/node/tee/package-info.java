/** Reports of the confidential environment that a node runs in, by the files of its kernel. */
@NullMarked
package dev.holdfast.node.tee;

import org.jspecify.annotations.NullMarked;
