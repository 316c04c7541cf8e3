/**
 * The first thing to run: the whole loop on one machine, with real components, told step by step.
 */
@NullMarked
package dev.holdfast.quickstart;

import org.jspecify.annotations.NullMarked;
