package dev.holdfast.attestation.cose;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.PublicKeys;
import java.security.PublicKey;

/** Reads a public key on a curve of NIST that is written as a COSE_Key (RFC 9052, 7). */
public final class CoseKey {
  private static final int MAX_BYTES = 1024;
  private static final String WHAT = "the COSE_Key";
  private static final long KTY = 1;
  private static final long KTY_EC2 = 2;
  private static final long CURVE = -1;
  private static final long X = -2;
  private static final long Y = -3;
  private static final long PRIVATE = -4;

  private CoseKey() {}

  /**
   * Reads a key of type EC2 with both coordinates in full (RFC 9053, 7.1.1).
   *
   * @throws MalformedException if it is of another type, or its point is not on its curve
   */
  public static PublicKey parse(Bytes bytes) {
    Cbor map = Cbor.parse(bytes, Cbor.Limits.of(MAX_BYTES), WHAT);
    if (map.required(KTY, WHAT).number("kty") != KTY_EC2) {
      throw new MalformedException(WHAT + " is not of type EC2");
    }
    if (map.member(PRIVATE, WHAT).isPresent()) {
      throw new MalformedException(WHAT + " holds a private key");
    }
    long number = map.required(CURVE, WHAT).number("crv");
    int length = number == 1 ? 32 : number == 2 ? 48 : number == 3 ? 66 : 0;
    if (length == 0) {
      throw new MalformedException(WHAT + " is on curve " + number + ", which is not known");
    }
    Bytes x = map.required(X, WHAT).bytes(length, length, "x");
    Bytes y = map.required(Y, WHAT).bytes(length, length, "y");
    return PublicKeys.point("secp" + (length == 66 ? 521 : length * 8) + "r1", x, y);
  }
}
