package dev.holdfast.attestation.psa;

import dev.holdfast.attestation.Bytes;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a PSA token must show.
 *
 * @param nonce what the nonce must equal; not judged if empty
 * @param lifecycles the states that may pass
 */
public record PsaExpectation(Optional<Bytes> nonce, Set<Lifecycle> lifecycles) {
  /** In service; the nonce is not judged. */
  public static final PsaExpectation STRICT =
      new PsaExpectation(Optional.empty(), EnumSet.of(Lifecycle.SECURED));

  /** Copies the set. */
  public PsaExpectation {
    lifecycles = Set.copyOf(lifecycles);
  }

  /** The same with a nonce. */
  public PsaExpectation withNonce(Bytes value) {
    return new PsaExpectation(Optional.of(value), lifecycles);
  }

  /** The same with other states allowed. */
  public PsaExpectation withLifecycles(Set<Lifecycle> allowed) {
    return new PsaExpectation(nonce, allowed);
  }
}
