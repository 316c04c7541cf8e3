package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.security.PublicKey;

/**
 * What targets of signed statements share: a key that nobody has, and messages that it signs not.
 */
final class Unproven {
  /** A P-256 key whose private half nobody kept. */
  static final PublicKey KEY = TpmPublic.parse(QuoteTarget.KEY).javaKey();

  private static final int ES256 = -7;

  private Unproven() {}

  /** A COSE_Sign1 message by ES256, whose signature is wrong. */
  static Bytes message(CBORObject payload) {
    byte[] signature = new byte[64];
    signature[31] = 1;
    signature[63] = 1;
    return Bytes.of(
        CBORObject.NewArray()
            .Add(CBORObject.NewMap().Add(1, ES256).EncodeToBytes())
            .Add(CBORObject.NewMap())
            .Add(payload.EncodeToBytes())
            .Add(signature)
            .WithTag(18)
            .EncodeToBytes());
  }

  /** So many zeros after a one. */
  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    bytes[0] = 1;
    return bytes;
  }

  /** A software component as PSA and CCA tokens list them. */
  static CBORObject components() {
    return CBORObject.NewArray()
        .Add(CBORObject.NewMap().Add(1, "BL").Add(2, bytes(32)).Add(4, "1").Add(5, bytes(32)));
  }

  /** Nothing may be proven without the key, and nothing may be refused for a defect of ours. */
  static void require(Outcome outcome) {
    switch (outcome) {
      case Outcome.Proven _ -> throw new IllegalStateException("proven without its key");
      case Outcome.Refused refused -> {
        String message = refused.findings().getFirst().message();
        if (message.startsWith("verification failed with")) {
          throw new IllegalStateException(message);
        }
      }
    }
  }
}
