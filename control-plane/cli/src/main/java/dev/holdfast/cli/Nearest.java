package dev.holdfast.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known word that a mistyped one was most likely meant to be. */
final class Nearest {
  private Nearest() {}

  /** The candidate with the fewest edits, if those are at most a third of the word and one more. */
  static Optional<String> to(String word, Collection<String> candidates) {
    String typed = word.toLowerCase(Locale.ROOT);
    int most = typed.length() / 3 + 1;
    return candidates.stream()
        .filter(c -> edits(typed, c.toLowerCase(Locale.ROOT)) <= most)
        .min(Comparator.comparingInt(c -> edits(typed, c.toLowerCase(Locale.ROOT))));
  }

  /** A question to put behind an error, or nothing. */
  static String question(String word, Collection<String> candidates) {
    return to(word, candidates).map(c -> " Did you mean \"" + c + "\"?").orElse("");
  }

  /** Levenshtein distance. */
  private static int edits(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int same = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(same, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
