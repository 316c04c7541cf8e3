/**
 * Who calls: the certificate authority of the trust domain, SPIFFE ids, and what each caller may
 * do.
 */
@NullMarked
package dev.holdfast.server.identity;

import org.jspecify.annotations.NullMarked;
