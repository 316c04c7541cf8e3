package dev.holdfast.node.evidence;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;

/** What may vouch for a node, by the word of its option. */
public enum EvidenceKind {
  /** A TPM 2.0. */
  TPM("tpm"),
  /** The firmware of a TDX or SEV-SNP guest, by configfs-tsm. */
  TSM("tsm"),
  /** Gramine, around this process. */
  GRAMINE("gramine"),
  /** An enclave of the Open Enclave SDK. */
  OPEN_ENCLAVE("open-enclave");

  private static final int DISTANCE_MAX = 3;

  private final String word;

  EvidenceKind(String word) {
    this.word = word;
  }

  /** As the option takes it. */
  public String word() {
    return word;
  }

  /**
   * Reads a word.
   *
   * @throws IllegalArgumentException with all words, and the one that was probably meant
   */
  public static EvidenceKind parse(String text) {
    for (EvidenceKind kind : values()) {
      if (kind.word.equals(text)) {
        return kind;
      }
    }
    String near =
        Arrays.stream(values())
            .filter(
                kind ->
                    distance(text, kind.word) <= Math.min(DISTANCE_MAX, (text.length() + 1) / 2))
            .min(Comparator.comparingInt(kind -> distance(text, kind.word)))
            .map(kind -> "; did you mean " + kind.word + "?")
            .orElse("");
    throw new IllegalArgumentException(
        "--evidence is one of "
            + Arrays.stream(values()).map(EvidenceKind::word).collect(Collectors.joining(", "))
            + ", not \""
            + text
            + "\""
            + near);
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
