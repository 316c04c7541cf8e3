/** Tests of the attested cache. */
@NullMarked
package dev.holdfast.infrastructure.cache;

import org.jspecify.annotations.NullMarked;
