/** Several replicas of PAM, as their clients find the one that leads. */
@NullMarked
package dev.holdfast.proto.replica;

import org.jspecify.annotations.NullMarked;
