/** Decides where and when capacity is held. */
@NullMarked
package dev.holdfast.pam.plan;

import org.jspecify.annotations.NullMarked;
