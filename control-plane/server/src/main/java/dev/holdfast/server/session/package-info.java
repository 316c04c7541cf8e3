/** The conversation with every node. */
@NullMarked
package dev.holdfast.server.session;

import org.jspecify.annotations.NullMarked;
