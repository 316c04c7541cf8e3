package dev.holdfast.server.rpc;

import java.time.Duration;

/**
 * The bounds of every RPC.
 *
 * @param messageBytesMax largest message accepted: 64 KiB to 16 MiB
 * @param deadlineMax how long a unary call may take, whatever the caller allows
 * @param deadlineLeast a unary call with less than this left is refused before it begins
 * @param answerTimeout how long a node may take to answer a challenge
 */
public record Limits(
    int messageBytesMax, Duration deadlineMax, Duration deadlineLeast, Duration answerTimeout) {
  /** 4 MiB, 60 seconds, 5 milliseconds, 10 seconds. */
  public static final Limits DEFAULT =
      new Limits(
          4 * 1024 * 1024, Duration.ofSeconds(60), Duration.ofMillis(5), Duration.ofSeconds(10));

  /**
   * What the transport itself lets through: above {@link #messageBytesMax}, so that a message that
   * is too large is refused in words, and bounded, so that it costs little.
   */
  public int transportBytesMax() {
    return 3 * messageBytesMax;
  }
}
