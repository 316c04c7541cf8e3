package dev.holdfast.attestation.reference;

import java.util.List;

/**
 * One triple of reference values: what a part shows, all at once.
 *
 * @param environment the part
 * @param references its elements
 * @param source the manifest and the tag that say so
 */
record Described(Environment environment, List<Reference> references, String source) {
  /** Copies the list. */
  Described {
    references = List.copyOf(references);
  }
}
