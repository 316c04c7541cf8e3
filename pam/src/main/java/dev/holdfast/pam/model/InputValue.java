package dev.holdfast.pam.model;

import java.nio.charset.StandardCharsets;

/** The value of one production input: a parameter of a request that bears on its demand. */
public sealed interface InputValue {
  /** The longest text, in bytes of UTF-8. */
  int TEXT_MAX_BYTES = 256;

  /**
   * A quantity.
   *
   * @param value finite
   */
  record Quantity(double value) implements InputValue {
    /** Refuses NaN and the infinities. */
    public Quantity {
      if (!Double.isFinite(value)) {
        throw new Refusal(
            new Problem.Amount("inputs", "finite numbers", Double.toString(value)));
      }
    }
  }

  /**
   * A category; never a secret, as it is stored.
   *
   * @param value at most 256 bytes of UTF-8
   */
  record Text(String value) implements InputValue {
    /** Refuses longer ones. */
    public Text {
      int bytes = value.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > TEXT_MAX_BYTES) {
        throw new Refusal(new Problem.Amount("inputs", "texts of at most 256 bytes", bytes + " bytes"));
      }
    }
  }

  /**
   * A switch.
   *
   * @param value whether it is on
   */
  record Flag(boolean value) implements InputValue {}
}
