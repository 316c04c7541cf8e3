/** What every part of the brain speaks in: amounts, names, workloads, usage and refusals. */
@NullMarked
package dev.holdfast.pam.model;

import org.jspecify.annotations.NullMarked;
