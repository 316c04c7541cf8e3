/** Tests of the controllers against the running kernel. */
@NullMarked
package dev.holdfast.infrastructure;

import org.jspecify.annotations.NullMarked;
