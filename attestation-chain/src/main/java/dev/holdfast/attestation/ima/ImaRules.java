package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How the list of file measurements beside a TPM quote is judged.
 *
 * @param required whether it must be there; one that is there is always judged
 * @param files what it may hold
 */
public record ImaRules(boolean required, ImaExpectation files) {
  /** Lists are not looked at. */
  public static final Optional<ImaRules> NONE = Optional.empty();

  /** The same with files that are allowed, and no others: digests by path or another name. */
  public ImaRules allowing(Map<String, Set<Bytes>> digests) {
    return new ImaRules(required, files.withAllowed(digests));
  }
}
