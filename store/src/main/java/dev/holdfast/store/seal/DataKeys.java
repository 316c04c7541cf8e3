package dev.holdfast.store.seal;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.store.proto.KeyRing;
import dev.holdfast.store.proto.KeyRingContent;
import dev.holdfast.store.proto.WrappedKey;
import dev.holdfast.store.seal.KeyFailure.Reason;
import dev.holdfast.store.seal.KeyProvider.Wrapped;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The data keys that rows are sealed under: the newest seals, the others only open. Immutable; each
 * change is another ring, to be stored before it is used.
 *
 * <p>As it is stored, every key is wrapped for its id and time by the key provider, and the whole
 * is authenticated by a key derived from the ring's secret, so that keys can be neither put in nor
 * left out by who cannot unwrap. An older ring put back as a whole is found by what it cannot open.
 */
public final class DataKeys {
  /** The most data keys in a ring. */
  public static final int KEYS_MAX = 64;

  /** The most bytes of a stored ring. */
  public static final int STORED_BYTES_MAX = 32 * 1024;

  /** How long a key seals before the next one does. */
  public static final Duration AGE_MAX = Duration.ofDays(30);

  /** How many rows a key seals before the next one does: a quarter of what it may. */
  public static final long SEALS_DUE = Sealer.SEALS_MAX / 4;

  private static final byte[] WRAP_CONTEXT =
      "holdfast/data-key/v1".getBytes(StandardCharsets.US_ASCII);
  private static final String MAC = "HmacSHA256";
  private static final int SECRET_ID = 0;

  private final List<DataKey> keys;
  private final DataKey secret;
  private final ByteString stored;

  /** A key, in the clear and wrapped. */
  private record DataKey(int id, Instant created, ByteString key, Wrapped wrapped) {
    static DataKey fresh(int id, KeyProvider provider, SecureRandom random, Instant now) {
      byte[] key = new byte[KeyProvider.DATA_KEY_BYTES];
      random.nextBytes(key);
      Instant created = Instant.ofEpochMilli(now.toEpochMilli());
      return new DataKey(
          id, created, ByteString.copyFrom(key), provider.wrap(key, context(id, created)));
    }

    static DataKey unwrapped(WrappedKey row, KeyProvider provider) {
      Instant created = Instant.ofEpochMilli(row.getCreatedMillis());
      Wrapped wrapped = new Wrapped(row.getWrappingKeyId(), row.getWrapped());
      byte[] key = provider.unwrap(wrapped, context(row.getId(), created));
      return new DataKey(row.getId(), created, ByteString.copyFrom(key), wrapped);
    }

    DataKey rewrapped(KeyProvider provider) {
      return new DataKey(id, created, key, provider.wrap(key.toByteArray(), context(id, created)));
    }

    WrappedKey row() {
      return WrappedKey.newBuilder()
          .setId(id)
          .setWrappingKeyId(wrapped.wrappingKeyId())
          .setWrapped(wrapped.bytes())
          .setCreatedMillis(created.toEpochMilli())
          .build();
    }

    /** What it is called, and not what it is. */
    @Override
    public String toString() {
      return "DataKey[" + id + "]";
    }

    private static byte[] context(int id, Instant created) {
      return ByteBuffer.allocate(WRAP_CONTEXT.length + Integer.BYTES + Long.BYTES)
          .put(WRAP_CONTEXT)
          .putInt(id)
          .putLong(created.toEpochMilli())
          .array();
    }
  }

  private DataKeys(List<DataKey> keys, DataKey secret) {
    this.keys = List.copyOf(keys);
    this.secret = secret;
    ByteString content =
        KeyRingContent.newBuilder()
            .addAllDataKeys(keys.stream().map(DataKey::row).toList())
            .setSecret(secret.row())
            .build()
            .toByteString();
    this.stored =
        KeyRing.newBuilder()
            .setContent(content)
            .setMac(ByteString.copyFrom(mac(secret, content)))
            .build()
            .toByteString();
  }

  /** A ring with one key, number 1. */
  public static DataKeys create(KeyProvider provider, SecureRandom random, Instant now) {
    return new DataKeys(
        List.of(DataKey.fresh(1, provider, random, now)),
        DataKey.fresh(SECRET_ID, provider, random, now));
  }

  /**
   * The ring that was stored.
   *
   * @throws KeyFailure RING_BROKEN when it is none or was changed; or as {@link KeyProvider#unwrap}
   */
  public static DataKeys open(KeyProvider provider, byte[] stored) {
    if (stored.length > STORED_BYTES_MAX) {
      throw broken("it has %d bytes, and %d at most".formatted(stored.length, STORED_BYTES_MAX));
    }
    try {
      KeyRing ring = KeyRing.parseFrom(stored);
      KeyRingContent content = KeyRingContent.parseFrom(ring.getContent());
      if (content.getDataKeysCount() < 1 || content.getDataKeysCount() > KEYS_MAX) {
        throw broken("it has %d keys".formatted(content.getDataKeysCount()));
      }
      if (content.getSecret().getId() != SECRET_ID) {
        throw broken("its secret has a number");
      }
      DataKey secret = DataKey.unwrapped(content.getSecret(), provider);
      if (!MessageDigest.isEqual(mac(secret, ring.getContent()), ring.getMac().toByteArray())) {
        throw broken("it does not verify");
      }
      List<DataKey> keys = new ArrayList<>();
      int last = SECRET_ID;
      for (WrappedKey row : content.getDataKeysList()) {
        if (row.getId() <= last) {
          throw broken("its keys are out of order");
        }
        last = row.getId();
        keys.add(DataKey.unwrapped(row, provider));
      }
      return new DataKeys(keys, secret);
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw broken("it cannot be read");
    }
  }

  private static KeyFailure broken(String why) {
    return new KeyFailure(
        Reason.RING_BROKEN,
        "the stored ring of data keys is not one that was stored: %s. Restore the store from a back-up."
            .formatted(why));
  }

  /** As it is to be stored: a {@code KeyRing} message of at most {@link #STORED_BYTES_MAX}. */
  public byte[] stored() {
    return stored.toByteArray();
  }

  /**
   * The ring with a new key that seals from now on.
   *
   * @throws IllegalStateException when it has {@link #KEYS_MAX} keys: seal the rows of old ones
   *     anew and retire these
   */
  public DataKeys rotated(KeyProvider provider, SecureRandom random, Instant now) {
    if (keys.size() >= KEYS_MAX) {
      throw new IllegalStateException("the ring holds %d keys already".formatted(KEYS_MAX));
    }
    List<DataKey> more = new ArrayList<>(keys);
    more.add(DataKey.fresh(Math.addExact(currentId(), 1), provider, random, now));
    return new DataKeys(more, secret);
  }

  /**
   * The ring without keys that no row is sealed under any more. Whatever still is cannot be opened.
   *
   * @throws IllegalArgumentException when the current one is among them
   */
  public DataKeys without(Set<Integer> retired) {
    if (retired.contains(currentId())) {
      throw new IllegalArgumentException("key %d seals at present".formatted(currentId()));
    }
    return new DataKeys(keys.stream().filter(key -> !retired.contains(key.id())).toList(), secret);
  }

  /** The same keys, all wrapped under the provider's present wrapping key. */
  public DataKeys rewrapped(KeyProvider provider) {
    return new DataKeys(
        keys.stream().map(key -> key.rewrapped(provider)).toList(), secret.rewrapped(provider));
  }

  /**
   * The ring as it should be now: wrapped under the provider's present wrapping key, with a new key
   * once the current one is {@link #AGE_MAX} old or has sealed {@link #SEALS_DUE} rows. It is this
   * ring itself where nothing is due. A full ring is not rotated.
   *
   * @param seals how many rows the current key has sealed: what is known of it, or more
   */
  public DataKeys upToDate(KeyProvider provider, SecureRandom random, Instant now, long seals) {
    DataKeys wrapped = wrappedBy(provider) ? this : rewrapped(provider);
    boolean due = seals >= SEALS_DUE || now.isAfter(currentCreated().plus(AGE_MAX));
    return due && keys.size() < KEYS_MAX ? wrapped.rotated(provider, random, now) : wrapped;
  }

  /** Whether the provider's present wrapping key wraps them all: if not, it is time to rewrap. */
  public boolean wrappedBy(KeyProvider provider) {
    String present = provider.wrappingKeyId();
    return secret.wrapped().wrappingKeyId().equals(present)
        && keys.stream().allMatch(key -> key.wrapped().wrappingKeyId().equals(present));
  }

  /** The id of the key that seals: the highest. */
  public int currentId() {
    return keys.getLast().id();
  }

  /** When the key that seals was made. */
  public Instant currentCreated() {
    return keys.getLast().created();
  }

  /** The ids of all keys. */
  public Set<Integer> ids() {
    return keys.stream().map(DataKey::id).collect(Collectors.toUnmodifiableSet());
  }

  /** Seals under the current key and opens under all of them. */
  public Sealer sealer() {
    SecureRandom random = new SecureRandom();
    Map<Integer, GcmKey> byId = new HashMap<>();
    keys.forEach(key -> byId.put(key.id(), new GcmKey(key.key().toByteArray(), random)));
    return new Sealer(byId, currentId(), hmac(secret, "holdfast/set-digest/v1"));
  }

  private static byte[] mac(DataKey secret, ByteString content) {
    Mac mac = hmac(secret, "holdfast/key-ring/v1");
    mac.update(content.asReadOnlyByteBuffer());
    return mac.doFinal();
  }

  /** With a key for one purpose, derived from the secret by HKDF (RFC 5869). */
  private static Mac hmac(DataKey secret, String purpose) {
    byte[] info = purpose.getBytes(StandardCharsets.US_ASCII);
    try {
      SecretKey key =
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  MAC,
                  HKDFParameterSpec.ofExtract()
                      .addIKM(secret.key().toByteArray())
                      .thenExpand(info, 32));
      Mac mac = Mac.getInstance(MAC);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException("every JDK has HKDF and HMAC with SHA-256", bug);
    }
  }

  /** The ids only. */
  @Override
  public String toString() {
    return "DataKeys" + keys;
  }
}
