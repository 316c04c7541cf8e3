/**
 * What signals say of needs, beside what came: what `holdfast signals evaluate --traces` computes,
 * without its files.
 */
@NullMarked
package dev.holdfast.pam.signal.evaluation;

import org.jspecify.annotations.NullMarked;
