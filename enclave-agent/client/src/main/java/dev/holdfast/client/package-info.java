/** The client library for applications: resources from the agent beside them. */
@NullMarked
package dev.holdfast.client;

import org.jspecify.annotations.NullMarked;
