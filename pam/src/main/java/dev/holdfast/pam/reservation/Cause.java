package dev.holdfast.pam.reservation;

import dev.holdfast.pam.model.Problem;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * Why something is as it is.
 *
 * @param reason a stable identifier in UPPER_SNAKE_CASE, at most 63 characters
 * @param message what happened, why, and what to do; cut to 1024 characters
 * @param subject the full name of what is behind it; empty if there is none to be known
 * @param at when it happened
 */
public record Cause(String reason, String message, String subject, Instant at) {
  private static final Pattern REASON = Pattern.compile("[A-Z][A-Z0-9_]{0,62}");
  private static final int MESSAGE_MAX_CHARACTERS = 1024;

  /** Refuses reasons of another form, and cuts the message. */
  public Cause {
    if (!REASON.matcher(reason).matches()) {
      throw new IllegalArgumentException("a reason is in UPPER_SNAKE_CASE");
    }
    if (message.length() > MESSAGE_MAX_CHARACTERS) {
      message = message.substring(0, MESSAGE_MAX_CHARACTERS);
    }
  }

  /** A problem as a cause. */
  public static Cause of(Problem problem, Instant at) {
    return new Cause(
        problem.reason(),
        problem.message(),
        problem.facts().getOrDefault("subject", ""),
        at);
  }
}
