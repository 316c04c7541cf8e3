/** Exports and imports between both kinds of store. */
@NullMarked
package dev.holdfast.store.transfer;

import org.jspecify.annotations.NullMarked;
