package dev.holdfast.attestation.crypto;

import dev.holdfast.attestation.codec.MalformedException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;

/** The making of a key from the coordinates of a point, which are checked to lie on the curve. */
final class NistPoint {
  private NistPoint() {}

  static PublicKey key(String curve, BigInteger x, BigInteger y) {
    X9ECParameters parameters = ECNamedCurveTable.getByName(curve);
    if (parameters == null) {
      throw new MalformedException("curve " + curve + " is not known");
    }
    try {
      if (!parameters.getCurve().createPoint(x, y).isValid()) {
        throw new MalformedException("the point does not lie on the curve");
      }
      AlgorithmParameters named = AlgorithmParameters.getInstance("EC", Signatures.parser());
      named.init(new ECGenParameterSpec(curve));
      ECParameterSpec spec = named.getParameterSpec(ECParameterSpec.class);
      return KeyFactory.getInstance("EC", Signatures.parser())
          .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), spec));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new MalformedException("the coordinates make no key");
    }
  }
}
