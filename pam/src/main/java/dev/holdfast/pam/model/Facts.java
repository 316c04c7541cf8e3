package dev.holdfast.pam.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The facts of a problem, in the order given. */
final class Facts {
  private Facts() {}

  /** A map of keys and values in turn. */
  static Map<String, String> of(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return Collections.unmodifiableMap(map);
  }
}
