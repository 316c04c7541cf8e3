package dev.holdfast.attestation.parsec;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a key attestation must show.
 *
 * @param nonce what the qualifying data of both parts must equal; not judged if empty
 * @param pcrDigest what the quoted digest must equal; not judged if empty
 * @param banks the only banks that the quote may cover
 * @param portableKeyAllowed whether the key may be one that can leave its TPM, or came from outside
 */
public record ParsecExpectation(
    Optional<Bytes> nonce,
    Optional<Bytes> pcrDigest,
    Set<PcrBank> banks,
    boolean portableKeyAllowed) {
  /** A key that was made in its TPM and cannot leave it; neither nonce nor digest is judged. */
  public static final ParsecExpectation STRICT =
      new ParsecExpectation(
          Optional.empty(),
          Optional.empty(),
          EnumSet.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512),
          false);

  /** Copies the set. */
  public ParsecExpectation {
    banks = Set.copyOf(banks);
  }

  /** The same with a nonce. */
  public ParsecExpectation withNonce(Bytes value) {
    return new ParsecExpectation(Optional.of(value), pcrDigest, banks, portableKeyAllowed);
  }

  /** The same with a digest of registers. */
  public ParsecExpectation withPcrDigest(Bytes value) {
    return new ParsecExpectation(nonce, Optional.of(value), banks, portableKeyAllowed);
  }

  /** The same with keys allowed that can leave their TPM. */
  public ParsecExpectation withPortableKeyAllowed() {
    return new ParsecExpectation(nonce, pcrDigest, banks, true);
  }
}
