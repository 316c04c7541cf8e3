/** What a server remembers so that nobody can lead it back to what was good once. */
@NullMarked
package dev.holdfast.server.rollback;

import org.jspecify.annotations.NullMarked;
