package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Reason;

/** Thrown inside the parsers of collateral; never leaves them. */
final class CollateralException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final String words;

  private CollateralException(Reason reason, String words) {
    super(words, null, false, false);
    this.reason = reason;
    this.words = words;
  }

  /** It can be read, and is not what its schema allows. */
  static CollateralException schema(String words) {
    return new CollateralException(Reason.COLLATERAL_MALFORMED, words);
  }

  /** It cannot be read at all. */
  static CollateralException illegible(String words) {
    return new CollateralException(Reason.EVIDENCE_MALFORMED, words);
  }

  Reason reason() {
    return reason;
  }

  String words() {
    return words;
  }
}
