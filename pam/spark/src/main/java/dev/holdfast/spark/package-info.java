/** Training for fleets, as a job of Spark; runs on the JDK that Spark supports. */
@NullMarked
package dev.holdfast.spark;

import org.jspecify.annotations.NullMarked;
