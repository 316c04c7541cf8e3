/** Fuzz targets for everything that reads bytes from outside, and what runs them. */
@NullMarked
package dev.holdfast.fuzz;

import org.jspecify.annotations.NullMarked;
