package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;

/**
 * What a device signs for a transcript (DSP0274 1.1 and 1.2, signature generation).
 *
 * <p>Up to 1.1 it is the transcript itself. From 1.2 on it is the transcript's digest behind 100
 * bytes that name version and purpose, so that no signature passes for one made for another end.
 */
final class SigningInput {
  /** The purpose of CHALLENGE_AUTH. */
  static final String CHALLENGE_AUTH = "responder-challenge_auth signing";

  /** The purpose of MEASUREMENTS. */
  static final String MEASUREMENTS = "responder-measurements signing";

  private static final int PURPOSE_BYTES = 36;
  private static final int REPEATS = 4;

  private SigningInput() {}

  /** What is signed, before the signature's own hash. */
  static Bytes of(SpdmVersion version, BaseHash hash, String purpose, Bytes transcript) {
    return switch (version) {
      case V1_1 -> transcript;
      case V1_2 -> {
        Bytes words = Bytes.utf8(purpose);
        yield new MessageWriter()
            .bytes(Bytes.utf8("dmtf-spdm-v1.2.*".repeat(REPEATS)))
            .zeros(PURPOSE_BYTES - words.length())
            .bytes(words)
            .bytes(hash.hash(transcript))
            .done();
      }
    };
  }
}
