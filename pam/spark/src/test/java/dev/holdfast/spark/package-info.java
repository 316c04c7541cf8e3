/** Series, experts, blends and calibration. */
@NullMarked
package dev.holdfast.spark;

import org.jspecify.annotations.NullMarked;
