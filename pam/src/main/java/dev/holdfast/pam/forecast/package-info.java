/** Says what demand to expect, and how sure that is. */
@NullMarked
package dev.holdfast.pam.forecast;

import org.jspecify.annotations.NullMarked;
