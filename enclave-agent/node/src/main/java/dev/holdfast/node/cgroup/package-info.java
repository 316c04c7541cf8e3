/** Linux control groups: where a process is, what it may use, and what it did use. */
@NullMarked
package dev.holdfast.node.cgroup;

import org.jspecify.annotations.NullMarked;
