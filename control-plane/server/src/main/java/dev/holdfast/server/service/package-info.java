/** The gRPC services. */
@NullMarked
package dev.holdfast.server.service;

import org.jspecify.annotations.NullMarked;
