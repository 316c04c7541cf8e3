/** What usage teaches: profiles in memory, models trained from them, forecasts made with those. */
@NullMarked
package dev.holdfast.server.learn;

import org.jspecify.annotations.NullMarked;
