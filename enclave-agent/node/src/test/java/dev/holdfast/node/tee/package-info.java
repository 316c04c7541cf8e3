/** Tests of the reports of confidential environments. */
@NullMarked
package dev.holdfast.node.tee;

import org.jspecify.annotations.NullMarked;
