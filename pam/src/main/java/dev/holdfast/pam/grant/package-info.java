/** Short leases on what a reservation holds. */
@NullMarked
package dev.holdfast.pam.grant;

import org.jspecify.annotations.NullMarked;
