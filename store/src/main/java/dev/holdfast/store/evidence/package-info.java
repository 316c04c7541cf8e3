/** Evidence of nodes, kept so that it can be judged again by another policy. */
@NullMarked
package dev.holdfast.store.evidence;

import org.jspecify.annotations.NullMarked;
