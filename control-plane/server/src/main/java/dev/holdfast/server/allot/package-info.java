/** Capacity: admitted, provisioned, granted, resized, and metered. */
@NullMarked
package dev.holdfast.server.allot;

import org.jspecify.annotations.NullMarked;
