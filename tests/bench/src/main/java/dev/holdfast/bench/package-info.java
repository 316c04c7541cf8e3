/** Measures each part beside its limit or its rival, in alternating rounds of the same run. */
@NullMarked
package dev.holdfast.bench;

import org.jspecify.annotations.NullMarked;
