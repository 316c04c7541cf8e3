/** The ledger under concurrent clients while the store beneath it breaks. */
@NullMarked
package dev.holdfast.tests.fault.ledger;

import org.jspecify.annotations.NullMarked;
