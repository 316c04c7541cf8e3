package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import java.math.BigInteger;
import java.util.Optional;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.math.ec.ECPoint;

/** An elliptic curve that is strong enough (TPM 2.0 Part 2, 6.4, TPM_ECC_CURVE). */
public enum Curve {
  /** NIST P-256. */
  P256(0x0003, "secp256r1", 32),
  /** NIST P-384. */
  P384(0x0004, "secp384r1", 48);

  private final int number;
  private final String javaName;
  private final int fieldBytes;

  @SuppressWarnings("ImmutableEnumChecker") // Held by the library, and changed by nobody.
  private final X9ECParameters parameters;

  private final Bytes order;

  Curve(int number, String javaName, int fieldBytes) {
    this.number = number;
    this.javaName = javaName;
    this.fieldBytes = fieldBytes;
    this.parameters = ECNamedCurveTable.getByName(javaName);
    this.order = Credential.unsigned(parameters.getN(), fieldBytes);
  }

  /** Its TPM_ECC_CURVE. */
  public int number() {
    return number;
  }

  /** The name that Java's cryptography knows it by. */
  public String javaName() {
    return javaName;
  }

  /** Bytes of a coordinate. */
  public int fieldBytes() {
    return fieldBytes;
  }

  /** How many points there are. */
  BigInteger order() {
    return parameters.getN();
  }

  /**
   * A number as wide as a coordinate, if it is above 0 and below the order: what a signature is made
   * of. TPMs leave leading zeros out, or put some there.
   */
  Optional<Bytes> scalar(Bytes number) {
    int from = 0;
    while (from < number.length() && number.at(from) == 0) {
      from++;
    }
    int length = number.length() - from;
    if (length == 0 || length > fieldBytes) {
      return Optional.empty();
    }
    Bytes wide =
        number.length() == fieldBytes
            ? number
            : Bytes.concat(
                Bytes.of(new byte[fieldBytes - length]), number.slice(from, number.length()));
    for (int i = 0; i < fieldBytes; i++) {
      if (wide.at(i) != order.at(i)) {
        return wide.at(i) < order.at(i) ? Optional.of(wide) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  ECPoint generator() {
    return parameters.getG();
  }

  /** The point with the given coordinates, if it lies on the curve. */
  Optional<ECPoint> point(BigInteger x, BigInteger y) {
    try {
      ECPoint point = parameters.getCurve().createPoint(x, y);
      return point.isValid() && !point.isInfinity() ? Optional.of(point) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static Optional<Curve> ofOrder(BigInteger order) {
    for (Curve curve : values()) {
      if (curve.order().equals(order)) {
        return Optional.of(curve);
      }
    }
    return Optional.empty();
  }

  static Optional<Curve> ofNumber(int number) {
    for (Curve curve : values()) {
      if (curve.number == number) {
        return Optional.of(curve);
      }
    }
    return Optional.empty();
  }
}
