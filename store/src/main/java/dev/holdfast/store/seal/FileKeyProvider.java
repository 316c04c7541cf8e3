package dev.holdfast.store.seal;

import dev.holdfast.store.seal.KeyFailure.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Wrapping keys in a file that only its owner can reach, in a folder that only its owner can reach.
 *
 * <p>A line for each key: its id, which is the start of a hash over it, and its 32 bytes, both in
 * hexadecimal. The last line wraps. Data keys are wrapped by AES-256-GCM with the id and the
 * context as associated data. The file is read again when a key is asked for that is not known.
 */
public final class FileKeyProvider implements KeyProvider {
  /** The most keys in a file. */
  public static final int KEYS_MAX = 256;

  private static final int KEY_BYTES = 32;
  private static final int ID_BYTES = 8;
  private static final int LINE_BYTES = 2 * ID_BYTES + 1 + 2 * KEY_BYTES + 1;
  private static final int FILE_BYTES_MAX = KEYS_MAX * LINE_BYTES;

  private final Path file;
  private final SecureRandom random;
  private volatile WrappingKeys keys;

  private FileKeyProvider(Path file, SecureRandom random) {
    this.file = file;
    this.random = random;
    this.keys = parse(content(file));
  }

  /**
   * Opens the file, or creates it and its folder where there is none.
   *
   * @throws KeyFailure FILE_EXPOSED when others can reach either, FILE_UNUSABLE when it holds no
   *     keys
   */
  public static FileKeyProvider open(Path file, SecureRandom random) {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new KeyFailure(Reason.FILE_UNUSABLE, file + " is no file");
    }
    try {
      PrivateFile.createFolder(folder);
      PrivateFile.requireFolder(folder);
      if (Files.notExists(absolute)) {
        // Where another process was faster, its key is read instead.
        boolean _ = PrivateFile.create(absolute, line(newKey(random)));
      }
    } catch (IOException e) {
      throw new KeyFailure(Reason.FILE_UNUSABLE, "cannot create key file " + file, e);
    }
    return new FileKeyProvider(absolute, random);
  }

  private static byte[] content(Path file) {
    return PrivateFile.read(file, FILE_BYTES_MAX);
  }

  private WrappingKeys parse(byte[] content) {
    Map<String, GcmKey> byId = new HashMap<>();
    String last = "";
    for (int at = 0; at < content.length; at += LINE_BYTES) {
      int line = at / LINE_BYTES + 1;
      byte[] key =
          key(Arrays.copyOfRange(content, at, Math.min(at + LINE_BYTES, content.length)))
              .orElseThrow(() -> damaged(file, line));
      last = id(key);
      byId.put(last, new GcmKey(key, random));
    }
    if (byId.isEmpty()) {
      throw damaged(file, 1);
    }
    return new WrappingKeys(byId, last);
  }

  private static KeyFailure damaged(Path file, int line) {
    return new KeyFailure(
        Reason.FILE_UNUSABLE,
        "line %d of key file %s is no wrapping key, or a damaged one. Restore it from a copy."
            .formatted(line, file));
  }

  private static Optional<byte[]> key(byte[] line) {
    if (line.length != LINE_BYTES) {
      return Optional.empty();
    }
    try {
      String text = new String(line, StandardCharsets.US_ASCII);
      int end = LINE_BYTES - 1;
      byte[] key = HexFormat.of().parseHex(text, end - 2 * KEY_BYTES, end);
      return Arrays.equals(line(key), line) ? Optional.of(key) : Optional.empty();
    } catch (IllegalArgumentException notHexadecimal) {
      return Optional.empty();
    }
  }

  private static byte[] line(byte[] key) {
    String text = id(key) + " " + HexFormat.of().formatHex(key) + "\n";
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String id(byte[] key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update("holdfast/wrapping-key-id/v1".getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest.digest(key), 0, ID_BYTES);
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException("every JDK has SHA-256", bug);
    }
  }

  private static byte[] newKey(SecureRandom random) {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return key;
  }

  @Override
  public String wrappingKeyId() {
    return keys.present();
  }

  @Override
  public Wrapped wrap(byte[] dataKey, byte[] context) {
    return keys.wrap(dataKey, context);
  }

  @Override
  public byte[] unwrap(Wrapped wrapped, byte[] context) {
    if (!keys.has(wrapped.wrappingKeyId())) {
      reload();
    }
    return keys.unwrap(wrapped, context);
  }

  @Override
  public synchronized String rotate() {
    byte[] before = content(file);
    if (before.length >= FILE_BYTES_MAX) {
      throw new KeyFailure(
          Reason.FILE_UNUSABLE,
          ("key file %s holds %d keys, the most there may be. Remove the first lines, of keys that"
                  + " wrap nothing any more.")
              .formatted(file, KEYS_MAX));
    }
    byte[] after = Arrays.copyOf(before, before.length + LINE_BYTES);
    System.arraycopy(line(newKey(random)), 0, after, before.length, LINE_BYTES);
    WrappingKeys rotated = parse(after);
    try {
      PrivateFile.replace(file, after);
    } catch (IOException e) {
      throw new KeyFailure(Reason.FILE_UNUSABLE, "cannot write key file " + file, e);
    }
    keys = rotated;
    return rotated.present();
  }

  @Override
  public void reload() {
    keys = parse(content(file));
  }

  /** Does nothing: the file is read whole. */
  @Override
  public void close() {}
}
