/** The ledger: who is trusted, who holds what, and the rules by which that changes. */
@NullMarked
package dev.holdfast.store.ledger;

import org.jspecify.annotations.NullMarked;
