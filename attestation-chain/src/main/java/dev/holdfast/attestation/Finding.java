package dev.holdfast.attestation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One reason behind a verdict, in words for the person who must act on it; never a nonce or a
 * secret.
 *
 * <p>Texts are cut to their limits and cleaned of control characters, as some of them come from the
 * node under judgement.
 *
 * @param reason the stable identifier
 * @param verdict how much it weighs
 * @param message what happened, why, and what to do; at most 1024 bytes
 * @param component the device concerned; empty for the node itself; at most 63 bytes
 * @param claim the claim concerned, such as {@code pcr/sha256/7} or {@code event/37}; may be empty;
 *     at most 256 bytes
 * @param expected what would have passed, at most 16 of 256 bytes; digests in lowercase hex
 * @param found what was found, in the same form; may be empty; at most 256 bytes
 * @param remedy the smallest change that would pass, or that none of the policy does; empty stands
 *     for {@link Fault#remedy}; at most 1024 bytes
 */
public record Finding(
    Reason reason,
    Verdict verdict,
    String message,
    String component,
    String claim,
    List<String> expected,
    String found,
    String remedy) {
  private static final int WORDS_MAX_BYTES = 1024;
  private static final int VALUE_MAX_BYTES = 256;
  private static final int COMPONENT_MAX_BYTES = 63;
  private static final int EXPECTED_MAX = 16;

  /** Cuts and cleans the texts. */
  public Finding {
    message = bounded(message, WORDS_MAX_BYTES);
    component = bounded(component, COMPONENT_MAX_BYTES);
    claim = bounded(claim, VALUE_MAX_BYTES);
    if (!expected.isEmpty()) {
      List<String> values = new ArrayList<>();
      for (String value : expected.subList(0, Math.min(EXPECTED_MAX, expected.size()))) {
        values.add(bounded(value, VALUE_MAX_BYTES));
      }
      expected = List.copyOf(values);
    }
    found = bounded(found, VALUE_MAX_BYTES);
    remedy = remedy.isEmpty() ? reason.fault().remedy() : bounded(remedy, WORDS_MAX_BYTES);
  }

  /** A finding that contraindicates, about the node itself. */
  public static Finding against(Reason reason, String message) {
    return new Finding(reason, Verdict.CONTRAINDICATED, message, "", "", List.of(), "", "");
  }

  /** A finding that only warns, about the node itself. */
  public static Finding warning(Reason reason, String message) {
    return new Finding(reason, Verdict.WARNING, message, "", "", List.of(), "", "");
  }

  /** The same about a device. */
  public Finding of(String device) {
    return new Finding(reason, verdict, message, device, claim, expected, found, remedy);
  }

  /** The same about a claim. */
  public Finding at(String name) {
    return new Finding(reason, verdict, message, component, name, expected, found, remedy);
  }

  /** The same with what would have passed. */
  public Finding expecting(List<String> values) {
    return new Finding(reason, verdict, message, component, claim, values, found, remedy);
  }

  /** The same with what would have passed. */
  public Finding expecting(String value) {
    return expecting(List.of(value));
  }

  /** The same with what was there instead. */
  public Finding finding(String value) {
    return new Finding(reason, verdict, message, component, claim, expected, value, remedy);
  }

  /** The same with the smallest change that would pass. */
  public Finding remedy(String words) {
    return new Finding(reason, verdict, message, component, claim, expected, found, words);
  }

  private static String bounded(String text, int maxBytes) {
    if (text.length() <= maxBytes && isPlain(text)) {
      return text;
    }
    StringBuilder clean = new StringBuilder(Math.min(text.length(), maxBytes));
    int bytes = 0;
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      int kind = Character.getType(point);
      boolean printable =
          !Character.isISOControl(point)
              && kind != Character.SURROGATE
              && kind != Character.FORMAT
              && kind != Character.LINE_SEPARATOR
              && kind != Character.PARAGRAPH_SEPARATOR;
      String character = printable ? Character.toString(point) : "?";
      bytes += character.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > maxBytes) {
        break;
      }
      clean.append(character);
    }
    return clean.toString();
  }

  /** Most texts are: each is looked at once for every part that is added to a finding. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character < ' ' || character > '~') {
        return false;
      }
    }
    return true;
  }
}
