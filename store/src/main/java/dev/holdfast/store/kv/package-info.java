/** The revisioned key-value store that the ledger is written on, and its two adapters. */
@NullMarked
package dev.holdfast.store.kv;

import org.jspecify.annotations.NullMarked;
