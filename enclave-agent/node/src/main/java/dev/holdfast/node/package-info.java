/**
 * What every node's program starts with: its options and the process that ties the parts together.
 */
@NullMarked
package dev.holdfast.node;

import org.jspecify.annotations.NullMarked;
