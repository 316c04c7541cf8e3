/** What the server measures of itself, and where it is read: queues, latencies, refusals. */
@NullMarked
package dev.holdfast.server.telemetry;

import org.jspecify.annotations.NullMarked;
