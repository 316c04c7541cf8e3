/** Linux's measurements of files (IMA): lists as a node sends them, and their judgement. */
@NullMarked
package dev.holdfast.attestation.ima;

import org.jspecify.annotations.NullMarked;
