/** Challenges, appraisals and chains: evidence that arrives becomes a verdict that is stored. */
@NullMarked
package dev.holdfast.server.attest;

import org.jspecify.annotations.NullMarked;
