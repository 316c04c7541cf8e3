/** Tests of SPDM over TCP. */
@NullMarked
package dev.holdfast.node.spdm;

import org.jspecify.annotations.NullMarked;
