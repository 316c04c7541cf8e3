package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;

/**
 * What reading a signed document came to.
 *
 * @param <T> what it says
 */
public sealed interface Reading<T> {
  /**
   * It can be read, and is within its schema; its signature is not judged yet.
   *
   * @param content what it says
   * @param signed the bytes that are signed, exactly as they stand in the document
   * @param signature r and s, 64 bytes
   * @param <T> what it says
   */
  record Legible<T>(T content, Bytes signed, Bytes signature) implements Reading<T> {}

  /**
   * It cannot be read, or breaks its schema.
   *
   * @param finding EVIDENCE_MALFORMED if it is no JSON, else COLLATERAL_MALFORMED
   * @param <T> what it should have said
   */
  record Illegible<T>(Finding finding) implements Reading<T> {}
}
