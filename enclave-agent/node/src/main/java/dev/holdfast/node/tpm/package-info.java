/** A node's TPM 2.0: the keys that vouch for it, and its quotes. */
@NullMarked
package dev.holdfast.node.tpm;

import org.jspecify.annotations.NullMarked;
