/** What happened, told once: to the log now, and to whoever listens. */
@NullMarked
package dev.holdfast.server.journal;

import org.jspecify.annotations.NullMarked;
