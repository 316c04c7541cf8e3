/** The one conversation between a node and PAM, and what the kinds of node plug into it. */
@NullMarked
package dev.holdfast.node.session;

import org.jspecify.annotations.NullMarked;
