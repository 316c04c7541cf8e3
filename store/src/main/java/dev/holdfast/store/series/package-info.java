/** What was really used, sample by sample, for as long as it is kept. */
@NullMarked
package dev.holdfast.store.series;

import org.jspecify.annotations.NullMarked;
