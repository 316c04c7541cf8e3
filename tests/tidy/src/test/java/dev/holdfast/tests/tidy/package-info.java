/** Rules of the whole repository that a machine can check, and the report on the whole build. */
@NullMarked
package dev.holdfast.tests.tidy;

import org.jspecify.annotations.NullMarked;
