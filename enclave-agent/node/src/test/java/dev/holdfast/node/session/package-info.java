/** Tests of what a node asks of PAM in a session. */
@NullMarked
package dev.holdfast.node.session;

import org.jspecify.annotations.NullMarked;
