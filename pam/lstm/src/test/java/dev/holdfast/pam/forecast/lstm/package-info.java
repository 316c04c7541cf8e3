/** Tests of the LSTM. */
@NullMarked
package dev.holdfast.pam.forecast.lstm;

import org.jspecify.annotations.NullMarked;
