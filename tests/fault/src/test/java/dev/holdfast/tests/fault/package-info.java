/** What must stay true when something dies at the worst moment. */
@NullMarked
package dev.holdfast.tests.fault;

import org.jspecify.annotations.NullMarked;
