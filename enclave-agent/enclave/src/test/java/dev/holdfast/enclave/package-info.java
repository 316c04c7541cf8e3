/** Tests of the broker on a real socket, with a desk that answers as PAM would. */
@NullMarked
package dev.holdfast.enclave;

import org.jspecify.annotations.NullMarked;
