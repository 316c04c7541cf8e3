package dev.holdfast.attestation.reference;

import java.util.List;

/**
 * Something that a manifest endorses where a condition holds (draft-ietf-rats-corim, sections 5.1.6
 * to 5.1.8).
 */
sealed interface Endorsement {
  /** The manifest and the tag that say so. */
  String source();

  /**
   * Endorsed values, with conditions or without.
   *
   * @param conditions what must be so, all of it; a part without measurements must but be there
   * @param additions what is endorsed then
   */
  record When(List<Triples.Values> conditions, List<Triples.Values> additions, String source)
      implements Endorsement {
    /** Copies the lists. */
    public When {
      conditions = List.copyOf(conditions);
      additions = List.copyOf(additions);
    }
  }

  /**
   * Endorsed values by the first choice that holds.
   *
   * @param series the condition and the choices
   */
  record FirstOf(Triples.Series series, String source) implements Endorsement {}
}
