/** Carrying a store's rows from one kind of store to another, and back from a copy. */
@NullMarked
package dev.holdfast.store.transfer;

import org.jspecify.annotations.NullMarked;
