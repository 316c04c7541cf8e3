/** TCG event logs: parsed as claimed by a node, proven by replay against quoted registers. */
@NullMarked
package dev.holdfast.attestation.eventlog;

import org.jspecify.annotations.NullMarked;
