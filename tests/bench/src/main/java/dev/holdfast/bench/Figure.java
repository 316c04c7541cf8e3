package dev.holdfast.bench;

import java.util.Locale;

/**
 * One measured figure beside another of the same run.
 *
 * @param figure what was measured; of {@code [a-z0-9-]}
 * @param value how much
 * @param unit of both values, such as {@code 1/s}
 * @param beside the limit or rival that was measured in the same run
 * @param besideValue how much that was
 */
record Figure(String figure, double value, String unit, String beside, double besideValue) {
  /** Refuses what would not be JSON, or no measurement. */
  Figure {
    for (String text : new String[] {figure, unit, beside}) {
      if (!text.matches("[ -~&&[^\"\\\\]]+")) {
        throw new IllegalArgumentException("not a plain name: " + text);
      }
    }
    if (!(value > 0) || !(besideValue > 0)) {
      throw new IllegalArgumentException(figure + " is " + value + " beside " + besideValue);
    }
  }

  /** How many times the other value this one is. */
  double ratio() {
    return value / besideValue;
  }

  /** One line of JSON. */
  String json() {
    return String.format(
        Locale.ROOT,
        "{\"figure\":\"%s\",\"value\":%.4g,\"unit\":\"%s\",\"beside\":\"%s\",\"beside_value\":%.4g,"
            + "\"ratio\":%.3g}",
        figure,
        value,
        unit,
        beside,
        besideValue,
        ratio());
  }
}
