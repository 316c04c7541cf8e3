/** The whole of it, as a user sees it. */
@NullMarked
package dev.holdfast.endtoend;

import org.jspecify.annotations.NullMarked;
