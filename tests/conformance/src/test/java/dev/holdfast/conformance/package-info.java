/** What the server must refuse, each case once, over its real API with nodes made of paper. */
@NullMarked
package dev.holdfast.conformance;

import org.jspecify.annotations.NullMarked;
