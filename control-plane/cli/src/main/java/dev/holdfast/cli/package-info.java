/** The command line of operators and developers: every RPC of the control plane as a command. */
@NullMarked
package dev.holdfast.cli;

import org.jspecify.annotations.NullMarked;
