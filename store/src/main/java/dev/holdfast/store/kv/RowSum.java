package dev.holdfast.store.kv;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checksum that the embedded store keeps with each row: CRC-32C over all that the row says. It
 * finds what a disk did to a row, not what a person did.
 */
final class RowSum {
  private RowSum() {}

  /**
   * Sums one row up.
   *
   * @param value null for a row that says its key was deleted
   * @param lease zero where there is none
   */
  static long of(
      byte[] key, byte @Nullable [] value, long created, long modified, long version, long lease) {
    var sum = new CRC32C();
    ByteBuffer numbers = ByteBuffer.allocate(2 * Integer.BYTES + 4 * Long.BYTES);
    numbers.putInt(key.length).putInt(value == null ? -1 : value.length);
    numbers.putLong(created).putLong(modified).putLong(version).putLong(lease);
    sum.update(numbers.flip());
    sum.update(key);
    if (value != null) {
      sum.update(value);
    }
    return sum.getValue();
  }
}
