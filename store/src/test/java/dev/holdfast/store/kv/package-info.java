/** What every key-value store must do, and that both do it. */
@NullMarked
package dev.holdfast.store.kv;

import org.jspecify.annotations.NullMarked;
