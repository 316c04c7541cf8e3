package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.math.ec.ECPoint;

/**
 * A secret that only the TPM with a given endorsement key can open, and only for a given key beside
 * it: TPM2_MakeCredential without a TPM (TPM 2.0 Part 1, 24; KDFa and KDFe of 11.4.10).
 *
 * @param idObject TPM2B_ID_OBJECT, its size included
 * @param encryptedSecret TPM2B_ENCRYPTED_SECRET, its size included
 */
public record Credential(Bytes idObject, Bytes encryptedSecret) {
  private static final Bytes IDENTITY = Bytes.utf8("IDENTITY\0");

  /** A seed, and the same as only the endorsement key's TPM can read it. */
  private record Seed(Bytes value, Bytes encrypted) {}

  /**
   * Makes a credential.
   *
   * @param ekPublic the endorsement key: RSA-2048 or larger, P-256 or P-384
   * @param akName the name of the key that the secret is meant for
   * @param secret at most as long as a digest of the endorsement key's name algorithm
   * @param randomness a secure generator
   * @throws IllegalArgumentException if the key cannot wrap, or the secret is too long
   */
  public static Credential make(
      TpmPublic ekPublic, Bytes akName, Bytes secret, RandomGenerator randomness) {
    Seed seed =
        switch (ekPublic.key()) {
          case TpmPublic.Rsa rsa -> rsaSeed(rsa, ekPublic.nameAlgorithm(), randomness);
          case TpmPublic.Ecc ecc ->
              eccSeed(ecc, ekPublic.nameAlgorithm(), scalar(ecc.curve(), randomness));
        };
    return wrap(ekPublic, akName, secret, seed);
  }

  /**
   * Makes a credential for an ECC endorsement key with a given ephemeral key, for comparison with
   * another implementation: one ephemeral key makes one credential only.
   *
   * @throws IllegalArgumentException if the key is no ECC key or cannot wrap, the scalar is not
   *     between 0 and the order of the curve, or the secret is too long
   */
  public static Credential make(
      TpmPublic ekPublic, Bytes akName, Bytes secret, BigInteger ephemeral) {
    if (!(ekPublic.key() instanceof TpmPublic.Ecc ecc)) {
      throw new IllegalArgumentException("only an ECC key is agreed with by an ephemeral one");
    }
    if (ephemeral.signum() <= 0 || ephemeral.compareTo(ecc.curve().order()) >= 0) {
      throw new IllegalArgumentException("a scalar lies between 0 and the order of the curve");
    }
    return wrap(ekPublic, akName, secret, eccSeed(ecc, ekPublic.nameAlgorithm(), ephemeral));
  }

  private static Credential wrap(TpmPublic ekPublic, Bytes akName, Bytes secret, Seed seed) {
    PcrBank hash = ekPublic.nameAlgorithm();
    int keyBits =
        ekPublic
            .symmetric()
            .orElseThrow(() -> new IllegalArgumentException("an endorsement key is a storage key"))
            .keyBits();
    if (secret.length() > hash.digestLength()) {
      throw new IllegalArgumentException(
          "the secret is longer than a digest of the name algorithm");
    }
    try {
      Bytes storageKey = kdfa(hash, seed.value(), "STORAGE", akName, keyBits);
      Cipher cipher = Cipher.getInstance("AES/CFB/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(storageKey.toByteArray(), "AES"),
          new IvParameterSpec(new byte[16]));
      Bytes sealed = Bytes.of(cipher.doFinal(sized(secret).toByteArray()));
      Bytes macKey = kdfa(hash, seed.value(), "INTEGRITY", Bytes.EMPTY, hash.digestLength() * 8);
      Bytes integrity = hmac(hash, macKey, sealed, akName);
      return new Credential(sized(Bytes.concat(sized(integrity), sealed)), sized(seed.encrypted()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has AES and HMAC", e);
    }
  }

  /** A random seed under OAEP with the label IDENTITY (TPM 2.0 Part 1, B.10.4). */
  private static Seed rsaSeed(TpmPublic.Rsa key, PcrBank hash, RandomGenerator randomness) {
    int length = (key.modulus().bitLength() + 7) / 8;
    int digest = hash.digestLength();
    byte[] seed = new byte[digest];
    randomness.nextBytes(seed);
    byte[] block = new byte[length - digest - 1];
    System.arraycopy(hash.hash(IDENTITY).toByteArray(), 0, block, 0, digest);
    block[block.length - digest - 1] = 1;
    System.arraycopy(seed, 0, block, block.length - digest, digest);
    byte[] mask = new byte[digest];
    randomness.nextBytes(mask);
    mix(block, hash, mask);
    mix(mask, hash, block);
    byte[] padded = new byte[length];
    System.arraycopy(mask, 0, padded, 1, digest);
    System.arraycopy(block, 0, padded, 1 + digest, block.length);
    BigInteger cipher = new BigInteger(1, padded).modPow(key.exponent(), key.modulus());
    return new Seed(Bytes.of(seed), unsigned(cipher, length));
  }

  /** Adds MGF1 of a seed to a target (RFC 8017, B.2.1). */
  private static void mix(byte[] target, PcrBank hash, byte[] seed) {
    Bytes from = Bytes.of(seed);
    for (int at = 0, counter = 0; at < target.length; counter++) {
      Bytes stream = hash.hash(from, u32(counter));
      for (int i = 0; i < stream.length() && at < target.length; i++, at++) {
        target[at] ^= (byte) stream.at(i);
      }
    }
  }

  /** A seed agreed with an ephemeral key (TPM 2.0 Part 1, C.6.4). */
  private static Seed eccSeed(TpmPublic.Ecc key, PcrBank hash, BigInteger scalar) {
    Curve curve = key.curve();
    int field = curve.fieldBytes();
    ECPoint theirs =
        curve
            .point(key.x(), key.y())
            .orElseThrow(() -> new IllegalArgumentException("the point is not on the curve"));
    ECPoint ours = curve.generator().multiply(scalar).normalize();
    ECPoint shared = theirs.multiply(scalar).normalize();
    Bytes x = unsigned(ours.getAffineXCoord().toBigInteger(), field);
    Bytes y = unsigned(ours.getAffineYCoord().toBigInteger(), field);
    Bytes z = unsigned(shared.getAffineXCoord().toBigInteger(), field);
    Bytes value = hash.hash(u32(1), z, IDENTITY, x, unsigned(key.x(), field));
    return new Seed(value, Bytes.concat(sized(x), sized(y)));
  }

  private static BigInteger scalar(Curve curve, RandomGenerator randomness) {
    // Eight bytes more than needed: what modulo favours is then less than 2^-64.
    byte[] wide = new byte[curve.fieldBytes() + 8];
    randomness.nextBytes(wide);
    return new BigInteger(1, wide).mod(curve.order().subtract(BigInteger.ONE)).add(BigInteger.ONE);
  }

  /** KDFa (SP 800-108 in counter mode with HMAC). */
  private static Bytes kdfa(PcrBank hash, Bytes key, String label, Bytes context, int bits)
      throws GeneralSecurityException {
    byte[] out = new byte[bits / 8];
    for (int at = 0, counter = 1; at < out.length; counter++) {
      Bytes block = hmac(hash, key, u32(counter), Bytes.utf8(label + "\0"), context, u32(bits));
      int length = Math.min(block.length(), out.length - at);
      System.arraycopy(block.toByteArray(), 0, out, at, length);
      at += length;
    }
    return Bytes.of(out);
  }

  private static Bytes hmac(PcrBank hash, Bytes key, Bytes... parts)
      throws GeneralSecurityException {
    String algorithm = "Hmac" + hash.javaName().replace("-", "");
    Mac mac = Mac.getInstance(algorithm);
    mac.init(new SecretKeySpec(key.toByteArray(), algorithm));
    for (Bytes part : parts) {
      mac.update(part.asByteBuffer());
    }
    return Bytes.of(mac.doFinal());
  }

  private static Bytes sized(Bytes content) {
    int length = content.length();
    return Bytes.concat(Bytes.of((byte) (length >> 8), (byte) length), content);
  }

  private static Bytes u32(int number) {
    return Bytes.of(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }

  static Bytes unsigned(BigInteger number, int length) {
    byte[] signed = number.toByteArray();
    byte[] padded = new byte[length];
    int from = Math.max(0, signed.length - length);
    byte[] significant = Arrays.copyOfRange(signed, from, signed.length);
    System.arraycopy(significant, 0, padded, length - significant.length, significant.length);
    return Bytes.of(padded);
  }

  /** Says nothing of the content. */
  @Override
  public String toString() {
    return "credential";
  }
}
