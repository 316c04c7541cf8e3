package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** A key that files may be signed with: RSA of 2048 bits or more, or EC of 256 or more. */
public final class ImaKey {
  private static final int RSA_LEAST_BITS = 2048;
  private static final int EC_LEAST_BITS = 256;

  private final PublicKey key;
  private final Bytes id;

  /**
   * Takes a key.
   *
   * @throws IllegalArgumentException if it is too weak, or of another kind
   */
  public ImaKey(PublicKey key) {
    boolean strong =
        switch (key) {
          case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= RSA_LEAST_BITS;
          case ECPublicKey ec -> ec.getParams().getOrder().bitLength() >= EC_LEAST_BITS;
          default -> false;
        };
    if (!strong) {
      throw new IllegalArgumentException("files are signed with RSA-2048 or P-256, or better");
    }
    this.key = key;
    byte[] bits = SubjectPublicKeyInfo.getInstance(key.getEncoded()).getPublicKeyData().getBytes();
    Bytes hash = PcrBank.SHA1.hash(Bytes.of(bits));
    this.id = hash.slice(hash.length() - 4, hash.length());
  }

  /** The key. */
  public PublicKey key() {
    return key;
  }

  /** The hint that signatures by it carry: the end of the SHA-1 of its bits (evmctl). */
  Bytes id() {
    return id;
  }
}
