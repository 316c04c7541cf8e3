/**
 * Demand as a series on an even grid: what is kept of one, the features that a global model sees,
 * the forecasts that need no model, and how the three are blended and calibrated while outcomes
 * come in.
 */
@NullMarked
package dev.holdfast.pam.forecast.series;

import org.jspecify.annotations.NullMarked;
