/** The server: gRPC services, the loops behind them, and the wiring of both. */
@NullMarked
package dev.holdfast.server;

import org.jspecify.annotations.NullMarked;
