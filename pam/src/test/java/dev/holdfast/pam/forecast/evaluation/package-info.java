@NullMarked
package dev.holdfast.pam.forecast.evaluation;

import org.jspecify.annotations.NullMarked;
