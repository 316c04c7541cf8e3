/** The command line against a real server over mutual TLS 1.3. */
@NullMarked
package dev.holdfast.cli;

import org.jspecify.annotations.NullMarked;
