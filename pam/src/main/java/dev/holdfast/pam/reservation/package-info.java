/** What a reservation is, and how one state leads to the next. */
@NullMarked
package dev.holdfast.pam.reservation;

import org.jspecify.annotations.NullMarked;
