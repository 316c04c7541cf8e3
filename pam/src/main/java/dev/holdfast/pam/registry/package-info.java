/** Which trained model forecasts what: cards, figures, and how one takes over from another. */
@NullMarked
package dev.holdfast.pam.registry;

import org.jspecify.annotations.NullMarked;
