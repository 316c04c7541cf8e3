package dev.holdfast.store.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key of AES-GCM (NIST SP 800-38D) with a nonce of 96 random bits before what it seals and a tag
 * of 128 bits after it.
 *
 * <p>Making a cipher costs more than sealing a row, so up to {@value #IDLE_MAX} are kept for
 * whoever comes next. Safe for use by many threads.
 */
final class GcmKey {
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;
  private static final int IDLE_MAX = 16;
  private static final Provider JDK = Objects.requireNonNull(Security.getProvider("SunJCE"));

  private final SecretKey key;
  private final Provider provider;
  private final SecureRandom random;
  private final BlockingQueue<Cipher> idle = new ArrayBlockingQueue<>(IDLE_MAX);

  /** A key of 32 bytes, for the JDK's own provider, which is as fast here as a native one. */
  GcmKey(byte[] key, SecureRandom random) {
    this(new SecretKeySpec(key, "AES"), JDK, random);
  }

  /** A key of a provider's own. */
  GcmKey(SecretKey key, Provider provider, SecureRandom random) {
    this.key = key;
    this.provider = provider;
    this.random = random;
  }

  /** Puts nonce, sealed text and tag into the rest of {@code out}, which has just that room. */
  void seal(byte[] associated, ByteBuffer plain, ByteBuffer out) throws GeneralSecurityException {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    out.put(nonce);
    Cipher cipher = take();
    cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
    cipher.updateAAD(associated);
    cipher.doFinal(plain, out);
    give(cipher);
  }

  /**
   * Opens the nonce, sealed text and tag in the rest of {@code sealed}.
   *
   * @return empty where that does not verify
   */
  Optional<byte[]> open(byte[] associated, ByteBuffer sealed) throws GeneralSecurityException {
    if (sealed.remaining() < NONCE_BYTES + TAG_BYTES) {
      return Optional.empty();
    }
    byte[] nonce = new byte[NONCE_BYTES];
    sealed.get(nonce);
    byte[] text = new byte[sealed.remaining()];
    sealed.get(text);
    Cipher cipher = take();
    cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
    cipher.updateAAD(associated);
    try {
      byte[] plain = cipher.doFinal(text);
      give(cipher);
      return Optional.of(plain);
    } catch (AEADBadTagException forged) {
      return Optional.empty();
    }
  }

  private Cipher take() throws GeneralSecurityException {
    Cipher cipher = idle.poll();
    return cipher == null ? Cipher.getInstance("AES/GCM/NoPadding", provider) : cipher;
  }

  /** One that is too many is left to the collector. */
  private void give(Cipher cipher) {
    boolean _ = idle.offer(cipher);
  }
}
