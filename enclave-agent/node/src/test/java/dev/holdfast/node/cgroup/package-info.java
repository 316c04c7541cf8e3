/** Tests of control groups: version 1 on the running kernel, version 2 on recorded files. */
@NullMarked
package dev.holdfast.node.cgroup;

import org.jspecify.annotations.NullMarked;
