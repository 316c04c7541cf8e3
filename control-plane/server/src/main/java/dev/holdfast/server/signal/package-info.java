/** Raises signals from usage, and carries out what policies call for. */
@NullMarked
package dev.holdfast.server.signal;

import org.jspecify.annotations.NullMarked;
