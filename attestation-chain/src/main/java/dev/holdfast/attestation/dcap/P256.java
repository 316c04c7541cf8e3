package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;

/** Points and signatures on P-256 as quotes hold them: halves of 32 bytes, nothing else. */
final class P256 {
  /** SubjectPublicKeyInfo of an uncompressed point, up to its coordinates (RFC 5480). */
  private static final Bytes PREFIX =
      Bytes.fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

  private static final int COORDINATES = 64;

  private P256() {}

  /** The key at x and y; empty if that is no point of the curve. */
  static Optional<PublicKey> key(Bytes coordinates) {
    return decode(Bytes.concat(PREFIX, coordinates).toByteArray());
  }

  /** The same key in the form that the fastest provider takes; empty if it is not on the curve. */
  static Optional<PublicKey> key(PublicKey key) {
    byte[] encoded = key.getEncoded();
    boolean here =
        encoded != null
            && encoded.length == PREFIX.length() + COORDINATES
            && Bytes.copyOf(encoded, 0, PREFIX.length()).equals(PREFIX);
    return here ? decode(encoded) : Optional.empty();
  }

  private static Optional<PublicKey> decode(byte[] encoded) {
    try {
      KeyFactory factory =
          Signatures.provider().getService("KeyFactory", "EC") != null
              ? KeyFactory.getInstance("EC", Signatures.provider())
              : KeyFactory.getInstance("EC", Signatures.parser());
      return Optional.of(factory.generatePublic(new X509EncodedKeySpec(encoded)));
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.empty();
    }
  }

  static boolean verify(PublicKey key, Bytes message, Bytes signature) {
    return Signatures.verifyEcdsa(new Signatures.Signed(key, PcrBank.SHA256, message, signature));
  }
}
