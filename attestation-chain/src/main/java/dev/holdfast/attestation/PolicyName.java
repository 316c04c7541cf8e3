package dev.holdfast.attestation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One revision of a policy: {@code policies/{policy}@{revision}}.
 *
 * @param policy the id of the policy
 * @param revision which revision, from 1
 */
public record PolicyName(String policy, long revision) {
  private static final Pattern PATTERN =
      Pattern.compile(Names.pattern("policies/*").pattern() + "@([1-9][0-9]{0,17})");

  /** Refuses an id that no name may hold, and revisions below 1. */
  public PolicyName {
    Names.requireId(policy, "policy");
    if (revision < 1) {
      throw new IllegalArgumentException("a policy's revisions count from 1");
    }
  }

  /**
   * Reads a full name.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static PolicyName parse(String name) {
    Matcher matcher = Names.match(PATTERN, name, "policies/{policy}@{revision}");
    return new PolicyName(Names.group(matcher, 1), Long.parseLong(Names.group(matcher, 2)));
  }

  /** The full name, as digests cover it. */
  @Override
  public String toString() {
    return "policies/" + policy + "@" + revision;
  }
}
