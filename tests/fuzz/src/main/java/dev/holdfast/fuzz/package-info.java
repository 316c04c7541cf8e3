/**
 * Fuzz targets for everything that reads bytes from outside, and what runs them.
 *
 * <p>To add one, write a class that implements {@link dev.holdfast.fuzz.Target} (the reader, a few
 * small seeds, and what must hold for any input) and give it a line in {@link
 * dev.holdfast.fuzz.Targets}. The test runs every line, each in a process of its own.
 *
 * <p>Whatever lies in {@code dev.holdfast} is instrumented, so that the fuzzer sees which branches
 * an input took and what it was compared with; libraries are not. The test fails for a target whose
 * {@linkplain dev.holdfast.fuzz.Target#reader reader} was not instrumented, and if the fuzzer does
 * not find the canary.
 */
@NullMarked
package dev.holdfast.fuzz;

import org.jspecify.annotations.NullMarked;
