package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.cli.CommandException;
import dev.holdfast.cli.Quantity;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Amounts as people write them: in range or refused, and the same when written and read again. */
final class QuantityTarget implements Target {
  @Override
  public Class<?> reader() {
    return Quantity.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("1500m"), Bytes.utf8("1.5Gi"), Bytes.utf8("10MB/s"), Bytes.utf8("100Mbit/s"));
  }

  /** One amount, of every kind. */
  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    for (Quantity quantity : Quantity.values()) {
      long amount;
      try {
        amount = quantity.parse(text);
      } catch (CommandException _) {
        continue;
      }
      if (amount < 0 || amount > Quantity.MAX) {
        throw new IllegalStateException("out of range: " + amount);
      }
      if (quantity.parse(quantity.print(amount)) != amount) {
        throw new IllegalStateException(amount + " is written as another amount");
      }
    }
  }
}
