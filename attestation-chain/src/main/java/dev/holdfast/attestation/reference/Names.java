package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/** Identifiers in the forms that people write. */
final class Names {
  private static final int UUID_LENGTH = 16;

  private Names() {}

  /** The UUID as digits in five groups (RFC 9562); other bytes in hexadecimal digits. */
  static String uuid(Bytes value) {
    if (value.length() != UUID_LENGTH) {
      return value.hex();
    }
    ByteBuffer buffer = value.asByteBuffer();
    return new UUID(buffer.getLong(), buffer.getLong()).toString();
  }

  /** The object identifier as numbers and dots; what is none, in hexadecimal digits. */
  static String oid(Bytes der) {
    try {
      return ASN1ObjectIdentifier.fromContents(der.toByteArray()).getId();
    } catch (IllegalArgumentException e) {
      return der.hex();
    }
  }
}
