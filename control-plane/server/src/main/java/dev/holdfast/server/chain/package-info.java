/** Pathways attested as one, and what follows from verdicts for all that rests on them. */
@NullMarked
package dev.holdfast.server.chain;

import org.jspecify.annotations.NullMarked;
