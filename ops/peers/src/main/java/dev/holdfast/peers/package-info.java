/** Real programs as child processes on loopback, started and stopped by whoever needs them. */
@NullMarked
package dev.holdfast.peers;

import org.jspecify.annotations.NullMarked;
