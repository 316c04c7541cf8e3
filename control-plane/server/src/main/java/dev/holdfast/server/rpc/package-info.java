/**
 * What every RPC shares: limits, deadlines, refusals, and the words of the wire turned into ours.
 */
@NullMarked
package dev.holdfast.server.rpc;

import org.jspecify.annotations.NullMarked;
