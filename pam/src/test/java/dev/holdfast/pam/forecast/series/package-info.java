@NullMarked
package dev.holdfast.pam.forecast.series;

import org.jspecify.annotations.NullMarked;
