/**
 * Values at rest: data keys wrapped by a key provider, rows sealed under them, and digests of sets
 * of rows.
 */
@NullMarked
package dev.holdfast.store.seal;

import org.jspecify.annotations.NullMarked;
