/**
 * Histories of concurrent calls to the ledger, and whether some order of the calls explains what
 * each of them was answered.
 */
@NullMarked
package dev.holdfast.tests.fault.history;

import org.jspecify.annotations.NullMarked;
