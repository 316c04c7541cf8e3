package dev.holdfast.pam.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The forms of ids and of the resource names made of them (AIP-122). */
final class Ids {
  /** The longest name that is looked at. */
  private static final int NAME_MAX_CHARACTERS = 512;

  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  private Ids() {}

  /** Refuses what is not 1 to 63 of [a-z0-9-] starting with a letter. */
  static void require(String field, String id) {
    if (!ID.matcher(id).matches()) {
      throw new Refusal(
          new Problem.IdFormat(field, "1 to 63 of [a-z0-9-], starting with a letter"));
    }
  }

  /** Refuses what is not a SHA-256 in lowercase hex. */
  static void requireDigest(String field, String id) {
    if (!DIGEST.matcher(id).matches()) {
      throw new Refusal(new Problem.IdFormat(field, "64 of [0-9a-f]"));
    }
  }

  /**
   * The ids in a name of the form given, such as {@code tenants/*}; their own form is not checked.
   */
  static List<String> split(String field, String form, String name) {
    String[] wanted = form.split("/", -1);
    String[] parts = name.length() > NAME_MAX_CHARACTERS ? new String[0] : name.split("/", -1);
    if (parts.length != wanted.length) {
      throw new Refusal(new Problem.IdFormat(field, form));
    }
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals("*")) {
        ids.add(parts[i]);
      } else if (!wanted[i].equals(parts[i])) {
        throw new Refusal(new Problem.IdFormat(field, form));
      }
    }
    return ids;
  }
}
