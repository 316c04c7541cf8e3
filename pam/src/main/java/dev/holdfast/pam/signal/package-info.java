/** Tells when usage departs from what its past and its forecast led to expect. */
@NullMarked
package dev.holdfast.pam.signal;

import org.jspecify.annotations.NullMarked;
