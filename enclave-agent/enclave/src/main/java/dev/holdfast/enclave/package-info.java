/** The agent in an enclave: it brokers grants to the applications beside it. */
@NullMarked
package dev.holdfast.enclave;

import org.jspecify.annotations.NullMarked;
