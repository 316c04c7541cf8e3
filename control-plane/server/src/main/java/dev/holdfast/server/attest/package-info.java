/** Challenges and verdicts: evidence that arrives is judged, and remembered. */
@NullMarked
package dev.holdfast.server.attest;

import org.jspecify.annotations.NullMarked;
