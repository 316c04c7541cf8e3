/** What the server does by itself: attest, provision, plan, control, train, expire. */
@NullMarked
package dev.holdfast.server.loop;

import org.jspecify.annotations.NullMarked;
