/** Content kept near, under its digest, and verified at every read. */
@NullMarked
package dev.holdfast.infrastructure.cache;

import org.jspecify.annotations.NullMarked;
