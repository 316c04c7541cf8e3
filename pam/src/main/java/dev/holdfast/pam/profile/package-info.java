/** What has been learnt about demand, by a fold over usage. */
@NullMarked
package dev.holdfast.pam.profile;

import org.jspecify.annotations.NullMarked;
