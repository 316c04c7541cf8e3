/**
 * How well forecasts do on traces: what `holdfast forecast evaluate` computes, without its files.
 */
@NullMarked
package dev.holdfast.pam.forecast.evaluation;

import org.jspecify.annotations.NullMarked;
