/** The sessions that are open, as everybody else sees them. */
@NullMarked
package dev.holdfast.server.session;

import org.jspecify.annotations.NullMarked;
