package dev.holdfast.attestation.cose;

import dev.holdfast.attestation.Bytes;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a message must be signed over and by.
 *
 * @param externalAad what both sides know beside the message; empty if nothing
 * @param detachedPayload the payload, if it travels apart
 * @param algorithms those allowed
 * @param understood the labels that the reader of the message understands, for {@code crit}
 */
public record CoseExpectation(
    Bytes externalAad,
    Optional<Bytes> detachedPayload,
    Set<CoseAlgorithm> algorithms,
    Set<Long> understood) {
  private static final Set<Long> BASIC =
      Set.of(CoseHeader.ALG, CoseHeader.CRIT, CoseHeader.CONTENT_TYPE, CoseHeader.KID);

  /** Every algorithm of this library, no external data, the payload within. */
  public static final CoseExpectation STRICT =
      new CoseExpectation(Bytes.EMPTY, Optional.empty(), EnumSet.allOf(CoseAlgorithm.class), BASIC);

  /** Copies the sets. */
  public CoseExpectation {
    algorithms = Set.copyOf(algorithms);
    understood = Set.copyOf(understood);
  }

  /** The same with external data. */
  public CoseExpectation withExternalAad(Bytes data) {
    return new CoseExpectation(data, detachedPayload, algorithms, understood);
  }

  /** The same with a payload that travels apart. */
  public CoseExpectation withDetachedPayload(Bytes payload) {
    return new CoseExpectation(externalAad, Optional.of(payload), algorithms, understood);
  }

  /** The same with no other algorithms than those. */
  public CoseExpectation withAlgorithms(Set<CoseAlgorithm> only) {
    return new CoseExpectation(externalAad, detachedPayload, only, understood);
  }

  /** The same with more labels that the reader understands. */
  public CoseExpectation understanding(Set<Long> labels) {
    Set<Long> all = new java.util.HashSet<>(understood);
    all.addAll(labels);
    return new CoseExpectation(externalAad, detachedPayload, algorithms, all);
  }
}
