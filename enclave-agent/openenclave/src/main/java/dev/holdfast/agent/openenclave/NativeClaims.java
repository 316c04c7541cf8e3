package dev.holdfast.agent.openenclave;

import com.sun.jna.Pointer;
import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The claims that the SDK handed out: copied within bounds, and freed whatever they are. */
final class NativeClaims {
  private static final int CLAIMS_MAX = 256;
  private static final int NAME_BYTES_MAX = 256;
  private static final int VALUE_BYTES_MAX = 1 << 20;
  private static final int VALUES_BYTES_MAX = 8 << 20;

  private NativeClaims() {}

  /**
   * Copies and frees.
   *
   * @throws OpenEnclaveException if they are out of bounds
   */
  static List<EvidenceClaim> take(@Nullable Pointer claims, long length)
      throws OpenEnclaveException {
    if (claims == null) {
      if (length != 0) {
        throw broken(Long.toUnsignedString(length) + " claims at no address");
      }
      return List.of();
    }
    try {
      return copy(claims, length);
    } finally {
      Sdk.oe_free_claims(claims, length);
    }
  }

  private static List<EvidenceClaim> copy(Pointer claims, long length) throws OpenEnclaveException {
    if (length < 0 || length > CLAIMS_MAX) {
      throw broken(Long.toUnsignedString(length) + " claims, more than " + CLAIMS_MAX);
    }
    List<EvidenceClaim> copies = new ArrayList<>();
    long total = 0;
    for (long i = 0; i < length; i++) {
      long at = i * Layout.CLAIM_BYTES;
      Pointer name = claims.getPointer(at + Layout.CLAIM_NAME);
      Pointer value = claims.getPointer(at + Layout.CLAIM_VALUE);
      long size = claims.getLong(at + Layout.CLAIM_VALUE_SIZE);
      if (name == null || (value == null && size != 0)) {
        throw broken("a claim without a name or a value");
      }
      total += size;
      if (size < 0 || size > VALUE_BYTES_MAX || total > VALUES_BYTES_MAX) {
        throw broken("a claim of " + Long.toUnsignedString(size) + " bytes");
      }
      String text = NativeText.read(name, NAME_BYTES_MAX + 1);
      if (text.length() > NAME_BYTES_MAX) {
        throw broken("a claim whose name is longer than " + NAME_BYTES_MAX + " bytes");
      }
      copies.add(
          new EvidenceClaim(
              text, value == null ? Bytes.EMPTY : Bytes.of(value.getByteArray(0, (int) size))));
    }
    return copies;
  }

  private static OpenEnclaveException broken(String what) {
    return new OpenEnclaveException("the library hands out " + what);
  }
}
