package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;

/** Which element of a part is measured (draft-ietf-rats-corim, section 5.1.4.5.1). */
public sealed interface MeasurementKey {
  /**
   * An object identifier, tag 111.
   *
   * @param der its content in BER, without the leading tag and length
   */
  record Oid(Bytes der) implements MeasurementKey {
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
  record Uuid(Bytes value) implements MeasurementKey {
    /** The usual form. */
    @Override
    public String toString() {
      return Names.uuid(value);
    }
  }

  /**
   * A number, such as the index of a block of SPDM measurements.
   *
   * @param value not negative
   */
  record Numbered(long value) implements MeasurementKey {
    /** The number. */
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /**
   * A text, such as {@code psa.software-component}.
   *
   * @param value the text
   */
  record Text(String value) implements MeasurementKey {
    /** The text. */
    @Override
    public String toString() {
      return value;
    }
  }

  /**
   * A key of a kind that a profile defines.
   *
   * @param tag its CBOR tag
   * @param content what is tagged, as CBOR
   */
  record Tagged(long tag, Bytes content) implements MeasurementKey {
    /** The tag, and the bytes in hexadecimal digits. */
    @Override
    public String toString() {
      return tag + "(" + content.hex() + ")";
    }
  }
}
