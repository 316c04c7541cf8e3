/** The conversation with a node, message by message. */
@NullMarked
package dev.holdfast.server.desk;

import org.jspecify.annotations.NullMarked;
