package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.psa.Lifecycle;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a CCA token must show.
 *
 * @param challenge what the realm's challenge must equal; not judged if empty
 * @param lifecycles the states of the platform that may pass
 */
public record CcaExpectation(Optional<Bytes> challenge, Set<Lifecycle> lifecycles) {
  /** A platform in service; the challenge is not judged. */
  public static final CcaExpectation STRICT =
      new CcaExpectation(Optional.empty(), EnumSet.of(Lifecycle.SECURED));

  /** Copies the set. */
  public CcaExpectation {
    lifecycles = Set.copyOf(lifecycles);
  }

  /** The same with a challenge. */
  public CcaExpectation withChallenge(Bytes value) {
    return new CcaExpectation(Optional.of(value), lifecycles);
  }

  /** The same with other states allowed. */
  public CcaExpectation withLifecycles(Set<Lifecycle> allowed) {
    return new CcaExpectation(challenge, allowed);
  }
}
