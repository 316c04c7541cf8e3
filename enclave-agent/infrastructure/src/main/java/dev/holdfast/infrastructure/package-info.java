/** Controllers of what an enclave rests on: hypervisor, switch and storage. */
@NullMarked
package dev.holdfast.infrastructure;

import org.jspecify.annotations.NullMarked;
