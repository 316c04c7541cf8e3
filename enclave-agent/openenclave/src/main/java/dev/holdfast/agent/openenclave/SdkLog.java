package dev.holdfast.agent.openenclave;

import java.util.Arrays;

/** Hears what the SDK logs; called on threads of the SDK, and never after the library is closed. */
@FunctionalInterface
public interface SdkLog {
  /** Hears nothing. */
  SdkLog NONE = _ -> {};

  /** How grave a line is ({@code openenclave/log.h}). */
  enum Level {
    /** Nothing goes on after it. */
    FATAL(1),
    /** Something failed. */
    ERROR(2),
    /** Something may fail. */
    WARNING(3),
    /** It does its work. */
    INFO(4),
    /** Details; numbers that are not known count as such. */
    VERBOSE(5);

    private final int number;

    Level(int number) {
      this.number = number;
    }

    static Level of(int number) {
      return Arrays.stream(values())
          .filter(level -> level.number == number)
          .findFirst()
          .orElse(VERBOSE);
    }
  }

  /**
   * A line.
   *
   * @param fromEnclave whether an enclave wrote it, which is then as little believed as any of it
   * @param level how grave
   * @param text at most 2048 characters, in which control characters are replaced
   */
  record Line(boolean fromEnclave, Level level, String text) {}

  /** Hears a line; must return soon, as the SDK waits. */
  void heard(Line line);
}
