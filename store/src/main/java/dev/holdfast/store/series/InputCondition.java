package dev.holdfast.store.series;

/** What one production input must be. */
public sealed interface InputCondition {
  /** The key of the input. */
  String name();

  /** A quantity from {@code least} to {@code most}, both included. */
  record Between(String name, double least, double most) implements InputCondition {}

  /** A text, equal to the last character. */
  record Is(String name, String text) implements InputCondition {}

  /** A switch. */
  record Flag(String name, boolean on) implements InputCondition {}
}
