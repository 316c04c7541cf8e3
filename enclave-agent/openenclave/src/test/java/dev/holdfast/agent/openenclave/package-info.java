/** Tests of the calls into the Open Enclave SDK. */
@NullMarked
package dev.holdfast.agent.openenclave;

import org.jspecify.annotations.NullMarked;
