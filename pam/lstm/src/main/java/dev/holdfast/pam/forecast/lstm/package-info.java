/**
 * Quantile forecasts by a long short-term memory network: trained by PyTorch through DJL, asked in
 * plain Java. The one package that touches DJL.
 */
@NullMarked
package dev.holdfast.pam.forecast.lstm;

import org.jspecify.annotations.NullMarked;
