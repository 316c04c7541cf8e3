/** Reference values and endorsements as vendors publish them: CoRIM, read, judged and looked up. */
@NullMarked
package dev.holdfast.attestation.reference;

import org.jspecify.annotations.NullMarked;
