/** Tests of how drifts are replayed. */
@NullMarked
package dev.holdfast.pam.signal.evaluation;

import org.jspecify.annotations.NullMarked;
