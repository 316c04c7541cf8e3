/** Which replica leads. */
@NullMarked
package dev.holdfast.server.lead;

import org.jspecify.annotations.NullMarked;
