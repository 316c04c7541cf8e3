/**
 * Collateral of the trust zones: read from folders, fetched where that is configured, and watched.
 */
@NullMarked
package dev.holdfast.server.collateral;

import org.jspecify.annotations.NullMarked;
