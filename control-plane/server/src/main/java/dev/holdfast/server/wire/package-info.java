/** The words of the wire turned into ours and back: parsed once, here. */
@NullMarked
package dev.holdfast.server.wire;

import org.jspecify.annotations.NullMarked;
