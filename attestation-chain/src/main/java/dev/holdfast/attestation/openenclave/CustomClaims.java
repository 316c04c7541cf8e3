package dev.holdfast.attestation.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Custom claims as {@code oe_serialize_custom_claims} writes them: version and count, then name and
 * value of each with their sizes (Open Enclave SDK, {@code internal/sgx/plugin.h}).
 *
 * @param values the values by name, in their order
 */
public record CustomClaims(Map<String, Bytes> values) {
  private static final int VERSION = 1;
  private static final int CLAIMS_MAX = 256;
  private static final int NAME_MAX_BYTES = 128;
  private static final Pattern NAME = Pattern.compile("[\\x21-\\x7e]{1,127}");

  /** Copies the map. */
  public CustomClaims {
    values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * Reads claims.
   *
   * @throws MalformedException if they are none: the enclave may have put in any other bytes
   */
  static CustomClaims parse(Bytes bytes) {
    ByteCursor in = ByteCursor.littleEndian(bytes);
    long version = in.u64("version of custom claims");
    long count = in.u64("number of custom claims");
    if (version != VERSION || count < 0 || count > CLAIMS_MAX) {
      throw new MalformedException(
          "custom claims of version " + version + ", " + count + " of them");
    }
    Map<String, Bytes> values = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      long nameSize = in.u64("size of a claim's name");
      long valueSize = in.u64("size of a claim's value");
      if (nameSize < 1
          || nameSize > NAME_MAX_BYTES
          || valueSize < 0
          || valueSize > in.remaining() - nameSize) {
        throw new MalformedException("a claim of " + nameSize + " and " + valueSize + " bytes");
      }
      Bytes name = in.take((int) nameSize, "name");
      String text =
          new String(name.slice(0, name.length() - 1).toByteArray(), StandardCharsets.US_ASCII);
      boolean terminated = name.at(name.length() - 1) == 0;
      if (!terminated
          || !NAME.matcher(text).matches()
          || values.put(text, in.take((int) valueSize, "value")) != null) {
        throw new MalformedException("a claim whose name is no word, or occurs twice");
      }
    }
    in.end("custom claims");
    return new CustomClaims(values);
  }
}
