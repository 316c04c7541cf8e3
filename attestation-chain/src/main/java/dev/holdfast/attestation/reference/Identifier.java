package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;

/**
 * What identifies a class, an instance or a group of parts (draft-ietf-rats-corim, section
 * 5.1.4.1).
 */
public sealed interface Identifier {
  /**
   * An object identifier, tag 111.
   *
   * @param der its content in BER, without the leading tag and length
   */
  record Oid(Bytes der) implements Identifier {
    /** The identifier. */
    @Override
    public String toString() {
      return Names.oid(der);
    }
  }

  /**
   * A UUID, tag 37.
   *
   * @param value 16 bytes
   */
  record Uuid(Bytes value) implements Identifier {
    /** The usual form. */
    @Override
    public String toString() {
      return Names.uuid(value);
    }
  }

  /**
   * A universal entity identifier (RFC 9711, section 4.2.1), tag 550.
   *
   * @param value 7 to 33 bytes
   */
  record Ueid(Bytes value) implements Identifier {
    /** The bytes in hexadecimal digits. */
    @Override
    public String toString() {
      return value.hex();
    }
  }

  /**
   * Bytes that only their issuer understands, tag 560.
   *
   * @param value the bytes
   */
  record Opaque(Bytes value) implements Identifier {
    /** The bytes in hexadecimal digits. */
    @Override
    public String toString() {
      return value.hex();
    }
  }

  /**
   * The part that holds a key.
   *
   * @param key the key
   */
  record OfKey(CryptoKey key) implements Identifier {
    /** The kind of key. */
    @Override
    public String toString() {
      return "of " + key;
    }
  }

  /**
   * An identifier of a kind that a profile defines.
   *
   * @param tag its CBOR tag
   * @param content what is tagged, as CBOR
   */
  record Tagged(long tag, Bytes content) implements Identifier {
    /** The tag, and the bytes in hexadecimal digits. */
    @Override
    public String toString() {
      return tag + "(" + content.hex() + ")";
    }
  }
}
