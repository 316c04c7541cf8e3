/** What the tests of several packages begin with. */
@NullMarked
package dev.holdfast.pam;

import org.jspecify.annotations.NullMarked;
