/** The configuration file: typed, complete in its complaints, with file and line. */
@NullMarked
package dev.holdfast.server.config;

import org.jspecify.annotations.NullMarked;
