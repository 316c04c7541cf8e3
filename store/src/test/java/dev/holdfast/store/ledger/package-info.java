/** The rules of the ledger, held on both stores. */
@NullMarked
package dev.holdfast.store.ledger;

import org.jspecify.annotations.NullMarked;
