/** What is learnt, and how the series that it is learnt from is kept. */
@NullMarked
package dev.holdfast.server.service;

import org.jspecify.annotations.NullMarked;
