package dev.holdfast.attestation.cose;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.crypto.Signatures.Signed;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;

/**
 * An algorithm of signatures as COSE numbers it (IANA, COSE Algorithms; RFC 9053, 2; RFC 8230, 2;
 * RFC 9864). Each belongs to keys of one kind, and ECDSA to one curve: the one that is as strong as
 * its hash.
 */
public enum CoseAlgorithm {
  /** ECDSA on P-256 with SHA-256. */
  ES256(-7, Family.ECDSA, PcrBank.SHA256, 256),
  /** ECDSA on P-384 with SHA-384. */
  ES384(-35, Family.ECDSA, PcrBank.SHA384, 384),
  /** ECDSA on P-521 with SHA-512. */
  ES512(-36, Family.ECDSA, PcrBank.SHA512, 521),
  /** The same as ES256, with the curve in its name. */
  ESP256(-9, Family.ECDSA, PcrBank.SHA256, 256),
  /** The same as ES384, with the curve in its name. */
  ESP384(-51, Family.ECDSA, PcrBank.SHA384, 384),
  /** The same as ES512, with the curve in its name. */
  ESP512(-52, Family.ECDSA, PcrBank.SHA512, 521),
  /** RSASSA-PSS with SHA-256. */
  PS256(-37, Family.PSS, PcrBank.SHA256, 2048),
  /** RSASSA-PSS with SHA-384. */
  PS384(-38, Family.PSS, PcrBank.SHA384, 2048),
  /** RSASSA-PSS with SHA-512. */
  PS512(-39, Family.PSS, PcrBank.SHA512, 2048),
  /** RSASSA-PKCS1-v1_5 with SHA-256. */
  RS256(-257, Family.PKCS1, PcrBank.SHA256, 2048),
  /** RSASSA-PKCS1-v1_5 with SHA-384. */
  RS384(-258, Family.PKCS1, PcrBank.SHA384, 2048),
  /** RSASSA-PKCS1-v1_5 with SHA-512. */
  RS512(-259, Family.PKCS1, PcrBank.SHA512, 2048),
  /** EdDSA on Ed25519 or Ed448. */
  EDDSA(-8, Family.EDWARDS, PcrBank.SHA512, 255),
  /** EdDSA on Ed25519. */
  ED25519(-19, Family.EDWARDS, PcrBank.SHA512, 255);

  private static final int RSA_MOST_BITS = 8192;
  private static final int EXPONENT_MOST_BITS = 64;

  private enum Family {
    ECDSA,
    PSS,
    PKCS1,
    EDWARDS
  }

  private final int number;
  private final Family family;
  private final PcrBank hash;
  private final int bits;

  CoseAlgorithm(int number, Family family, PcrBank hash, int bits) {
    this.number = number;
    this.family = family;
    this.hash = hash;
    this.bits = bits;
  }

  /** Its number in the registry. */
  public int number() {
    return number;
  }

  /** The algorithm of a number. */
  public static Optional<CoseAlgorithm> ofNumber(long number) {
    for (CoseAlgorithm algorithm : values()) {
      if (algorithm.number == number) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /** Whether signatures of this algorithm are made with keys like that one. */
  public boolean fits(PublicKey key) {
    return switch (family) {
      case ECDSA ->
          key instanceof ECPublicKey ec
              && ec.getParams() != null
              && ec.getParams().getOrder().equals(order());
      case PSS, PKCS1 ->
          key instanceof RSAPublicKey rsa
              && rsa.getModulus().bitLength() >= bits
              && rsa.getModulus().bitLength() <= RSA_MOST_BITS
              && rsa.getPublicExponent().bitLength() <= EXPONENT_MOST_BITS;
      case EDWARDS ->
          key.getAlgorithm().equals("Ed25519")
              || (this == EDDSA && key.getAlgorithm().equals("Ed448"));
    };
  }

  /** Whether a key made the signature; never true of a key that does not fit. */
  public boolean verify(PublicKey key, Bytes message, Bytes signature) {
    if (!fits(key)) {
      return false;
    }
    Signed signed = new Signed(key, hash, message, signature);
    return switch (family) {
      case ECDSA -> inRange((ECPublicKey) key, signature) && Signatures.verifyEcdsa(signed);
      case PSS -> Signatures.verifyRsaPss(signed);
      case PKCS1 -> Signatures.verifyRsa(signed);
      case EDWARDS -> Signatures.verifyEdDsa(key, message, signature);
    };
  }

  /** The order tells the curve from every other of its size. */
  private BigInteger order() {
    return ECNamedCurveTable.getByName("secp" + bits + "r1").getN();
  }

  /** r and s, each as long as a coordinate and between 1 and the order (RFC 9053, 2.1). */
  private boolean inRange(ECPublicKey key, Bytes signature) {
    int length = (bits + 7) / 8;
    if (signature.length() != 2 * length) {
      return false;
    }
    BigInteger order = key.getParams().getOrder();
    BigInteger r = new BigInteger(1, signature.slice(0, length).toByteArray());
    BigInteger s = new BigInteger(1, signature.slice(length, 2 * length).toByteArray());
    return r.signum() > 0 && s.signum() > 0 && r.compareTo(order) < 0 && s.compareTo(order) < 0;
  }
}
