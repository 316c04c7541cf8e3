package dev.holdfast.attestation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The grammar of resource names: ids of 1 to 63 of [a-z0-9-], a letter first, no hyphen last. */
final class Names {
  private static final String ID = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern ONE_ID = Pattern.compile(ID);

  private Names() {}

  static void requireId(String id, String what) {
    if (!ONE_ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          what + " must be 1 to 63 of [a-z0-9-], start with a letter and not end with a hyphen");
    }
  }

  /** A pattern for a name; each * stands for an id. */
  static Pattern pattern(String shape) {
    return Pattern.compile(shape.replace("*", "(" + ID + ")"));
  }

  static Matcher match(Pattern pattern, String name, String shape) {
    Matcher matcher = pattern.matcher(name);
    if (name.length() > 512 || !matcher.matches()) {
      throw new IllegalArgumentException("the name must have the form " + shape);
    }
    return matcher;
  }

  /** The group, which the pattern guarantees to be there. */
  static String group(Matcher matcher, int number) {
    String group = matcher.group(number);
    if (group == null) {
      throw new IllegalStateException("group " + number + " is part of every match");
    }
    return group;
  }
}
