/** The Open Enclave SDK's host side, called through JNA: evidence, and a second opinion on it. */
@NullMarked
package dev.holdfast.agent.openenclave;

import org.jspecify.annotations.NullMarked;
