/** Models: trained in the background, signed and kept, and who of them forecasts what. */
@NullMarked
package dev.holdfast.server.learn.model;

import org.jspecify.annotations.NullMarked;
