package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One measurement of a device (DSP0274 1.2, Measurement block; DMTF measurement specification).
 *
 * @param index which one, 1 to 254
 * @param type DMTFSpecMeasurementValueType without its top bit: 0 immutable ROM, 1 mutable
 *     firmware, 2 hardware configuration, 3 firmware configuration, 4 manifest, 5 device mode, 6
 *     version, 7 security version number
 * @param raw whether the value is a raw bit stream instead of a digest
 * @param value the digest or the bit stream, at most 65,532 bytes
 */
public record MeasurementBlock(int index, int type, boolean raw, Bytes value) {
  /** The value type of a security version number: a raw number of 8 bytes. */
  public static final int SECURITY_VERSION = 7;

  private static final int INDEX_MAX = 0xfe;
  private static final int TYPE_MAX = 0x7f;
  private static final int DMTF = 1;
  private static final int RAW_BIT = 0x80;
  private static final int VALUE_HEADER_BYTES = 3;
  private static final int VALUE_MAX_BYTES = 0xffff - VALUE_HEADER_BYTES;

  /** Checks the ranges. */
  public MeasurementBlock {
    if (index < 1 || index > INDEX_MAX || type < 0 || type > TYPE_MAX) {
      throw new IllegalArgumentException("measurement " + index + " of type " + type);
    }
    if (value.length() > VALUE_MAX_BYTES) {
      throw new IllegalArgumentException("measurement of " + value.length() + " bytes");
    }
  }

  /** The name of its claim. */
  public String claim() {
    return "spdm/measurement/" + index;
  }

  /** The block as it goes over the wire. */
  public Bytes encoded() {
    return new MessageWriter()
        .u8(index)
        .u8(DMTF)
        .u16(VALUE_HEADER_BYTES + value.length())
        .u8(type | (raw ? RAW_BIT : 0))
        .u16(value.length())
        .bytes(value)
        .done();
  }

  /**
   * Reads a whole measurement record: blocks up to its last byte, no index twice.
   *
   * @throws MalformedException if lengths do not add up
   */
  public static List<MeasurementBlock> readRecord(Bytes record) {
    ByteCursor cursor = ByteCursor.littleEndian(record);
    List<MeasurementBlock> blocks = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    while (cursor.remaining() > 0) {
      MeasurementBlock block = read(cursor);
      if (!seen.add(block.index())) {
        throw new MalformedException("measurement " + block.index() + " occurs twice");
      }
      blocks.add(block);
    }
    return List.copyOf(blocks);
  }

  private static MeasurementBlock read(ByteCursor cursor) {
    int index = cursor.u8("the index of a measurement");
    int specification = cursor.u8("the specification of a measurement");
    int size = cursor.u16("the size of a measurement");
    if (index == 0 || index > INDEX_MAX) {
      throw new MalformedException("no measurement has the index " + index);
    }
    if (specification != DMTF) {
      throw new MalformedException(
          "measurement " + index + " follows no known specification: " + specification);
    }
    int kind = cursor.u8("the type of a measurement");
    int length = cursor.u16("the length of a measurement");
    if (size != length + VALUE_HEADER_BYTES) {
      throw new MalformedException(
          "measurement " + index + " of " + size + " bytes holds a value of " + length);
    }
    return new MeasurementBlock(
        index,
        kind & TYPE_MAX,
        (kind & RAW_BIT) != 0,
        cursor.take(length, "the value of measurement " + index));
  }
}
