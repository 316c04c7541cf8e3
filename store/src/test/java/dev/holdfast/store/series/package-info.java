/** The rules of the usage series. */
@NullMarked
package dev.holdfast.store.series;

import org.jspecify.annotations.NullMarked;
