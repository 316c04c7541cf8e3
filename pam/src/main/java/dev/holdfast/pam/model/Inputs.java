package dev.holdfast.pam.model;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The limits on production inputs: at most 32, keys 1 to 63 of [a-z0-9_.]. */
final class Inputs {
  private static final int COUNT_MAX = 32;
  private static final Pattern KEY = Pattern.compile("[a-z0-9_.]{1,63}");

  private Inputs() {}

  /** A sorted copy. */
  static SortedMap<String, InputValue> checked(Map<String, InputValue> inputs) {
    if (inputs.size() > COUNT_MAX) {
      throw new Refusal(
          new Problem.Amount("inputs", "at most 32 inputs", Integer.toString(inputs.size())));
    }
    for (String key : inputs.keySet()) {
      if (!KEY.matcher(key).matches()) {
        throw new Refusal(new Problem.IdFormat("inputs", "keys of 1 to 63 of [a-z0-9_.]"));
      }
    }
    return Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
  }
}
