/** Tests of the launchers against the real programs. */
@NullMarked
package dev.holdfast.peers;

import org.jspecify.annotations.NullMarked;
