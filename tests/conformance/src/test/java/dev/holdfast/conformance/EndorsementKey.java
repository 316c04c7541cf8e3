package dev.holdfast.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * An endorsement key made of paper: it opens credentials as TPM2_ActivateCredential does (TPM 2.0
 * Part 1, 24).
 */
final class EndorsementKey {
  /** fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt. */
  private static final int ATTRIBUTES = 0x000300b2;

  private static final int ALG_NULL = 0x0010;
  private static final PcrBank HASH = PcrBank.SHA256;
  private static final byte[] IDENTITY = {'I', 'D', 'E', 'N', 'T', 'I', 'T', 'Y', 0};

  private final KeyPair pair;

  private EndorsementKey(KeyPair pair) {
    this.pair = pair;
  }

  static EndorsementKey p256() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return new EndorsementKey(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static EndorsementKey rsa2048() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return new EndorsementKey(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  PublicKey publicKey() {
    return pair.getPublic();
  }

  /** TPMT_PUBLIC. */
  Bytes encoded() {
    ByteBuffer out = ByteBuffer.allocate(1024);
    boolean rsa = pair.getPublic() instanceof RSAPublicKey;
    out.putShort((short) (rsa ? 0x0001 : 0x0023)).putShort((short) HASH.algorithm());
    out.putInt(ATTRIBUTES).putShort((short) 0);
    out.putShort((short) 0x0006).putShort((short) 128).putShort((short) 0x0043);
    out.putShort((short) ALG_NULL);
    switch (pair.getPublic()) {
      case RSAPublicKey key -> {
        out.putShort((short) 2048).putInt(0);
        sized(out, unsigned(key.getModulus(), 256));
      }
      case ECPublicKey key -> {
        out.putShort((short) 0x0003).putShort((short) ALG_NULL);
        sized(out, unsigned(key.getW().getAffineX(), 32));
        sized(out, unsigned(key.getW().getAffineY(), 32));
      }
      default -> throw new IllegalStateException(pair.getPublic().getAlgorithm());
    }
    return Bytes.copyOf(out.array(), 0, out.position());
  }

  /** The secret of a credential that was made for this key and for the key of the name given. */
  Bytes activate(Bytes akName, Bytes idObject, Bytes encryptedSecret) {
    try {
      ByteBuffer id = ByteBuffer.wrap(read(idObject.asByteBuffer()));
      byte[] integrity = read(id);
      byte[] sealed = new byte[id.remaining()];
      id.get(sealed);
      byte[] seed = seed(read(encryptedSecret.asByteBuffer()));
      byte[] expected =
          hmac(kdfa(seed, "INTEGRITY", new byte[0], 256), sealed, akName.toByteArray());
      if (!Arrays.equals(expected, integrity)) {
        throw new IllegalStateException("the credential is for another key");
      }
      Cipher cipher = Cipher.getInstance("AES/CFB/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(kdfa(seed, "STORAGE", akName.toByteArray(), 128), "AES"),
          new IvParameterSpec(new byte[16]));
      return Bytes.of(read(ByteBuffer.wrap(cipher.doFinal(sealed))));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] seed(byte[] encrypted) throws GeneralSecurityException {
    if (pair.getPublic() instanceof RSAPublicKey) {
      Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          pair.getPrivate(),
          new OAEPParameterSpec(
              "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, new PSource.PSpecified(IDENTITY)));
      return cipher.doFinal(encrypted);
    }
    ByteBuffer point = ByteBuffer.wrap(encrypted);
    byte[] x = read(point);
    byte[] y = read(point);
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    PublicKey ephemeral =
        KeyFactory.getInstance("EC")
            .generatePublic(
                new ECPublicKeySpec(
                    new ECPoint(new BigInteger(1, x), new BigInteger(1, y)),
                    curve.getParameterSpec(ECParameterSpec.class)));
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(pair.getPrivate());
    agreement.doPhase(ephemeral, true);
    byte[] own = unsigned(((ECPublicKey) pair.getPublic()).getW().getAffineX(), 32);
    return HASH.hash(
            Bytes.of((byte) 0, (byte) 0, (byte) 0, (byte) 1),
            Bytes.of(agreement.generateSecret()),
            Bytes.of(IDENTITY),
            Bytes.of(x),
            Bytes.of(own))
        .toByteArray();
  }

  /** KDFa for up to one block of HMAC. */
  private static byte[] kdfa(byte[] key, String label, byte[] context, int bits)
      throws GeneralSecurityException {
    byte[] block =
        hmac(
            key,
            ByteBuffer.allocate(4).putInt(1).array(),
            Bytes.utf8(label + "\0").toByteArray(),
            context,
            ByteBuffer.allocate(4).putInt(bits).array());
    return Arrays.copyOf(block, bits / 8);
  }

  private static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    for (byte[] part : parts) {
      mac.update(part);
    }
    return mac.doFinal();
  }

  private static byte[] read(ByteBuffer in) {
    byte[] content = new byte[Short.toUnsignedInt(in.getShort())];
    in.get(content);
    return content;
  }

  private static void sized(ByteBuffer out, byte[] content) {
    out.putShort((short) content.length).put(content);
  }

  private static byte[] unsigned(BigInteger number, int length) {
    byte[] signed = number.toByteArray();
    byte[] padded = new byte[length];
    int significant = Math.min(length, signed.length);
    System.arraycopy(
        signed, signed.length - significant, padded, length - significant, significant);
    return padded;
  }
}
