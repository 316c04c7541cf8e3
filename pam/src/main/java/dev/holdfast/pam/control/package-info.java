/** Keeps holds near what is used, in small steps. */
@NullMarked
package dev.holdfast.pam.control;

import org.jspecify.annotations.NullMarked;
