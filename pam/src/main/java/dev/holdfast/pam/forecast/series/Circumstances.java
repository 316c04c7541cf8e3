package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.InputValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Under which production inputs and calls of its API a series came to its amounts: what is usual of
 * each, so that models can be told how a step differs, whatever the inputs mean. Not for several
 * threads at once.
 */
public final class Circumstances {
  private static final double RATE = 0.01;
  private static final int CATEGORIES_MAX = 16;

  /** What was seen oftener is as well known. */
  private static final int SEEN_MAX = 100;

  private static final int SLOTS = 2 * Setting.NUMBERS_MAX;

  private final Map<String, Usual> numbers = new TreeMap<>();
  private final Usual calls = new Usual();
  private Map<String, InputValue> last = Map.of();
  private final Map<Map<String, InputValue>, Usual> categories =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Map<String, InputValue>, Usual> eldest) {
          return size() > CATEGORIES_MAX;
        }
      };

  /** A mean that forgets slowly, and the last of what it is over. */
  private static final class Usual {
    private double mean;
    private double last;
    private int count;

    void fold(double amount) {
      count++;
      mean += Math.max(RATE, 1.0 / count) * (amount - mean);
      last = amount;
    }
  }

  /**
   * The next step.
   *
   * @param inputs the production inputs in force
   * @param callsPerSecond calls of the workload's API; NaN where none were counted
   * @param amount what was used; NaN where nothing was sampled, and nothing is learnt then
   */
  public void fold(Map<String, InputValue> inputs, double callsPerSecond, double amount) {
    if (Double.isNaN(amount)) {
      return;
    }
    last = inputs;
    Map<String, InputValue> words = new TreeMap<>();
    inputs.forEach(
        (key, value) -> {
          if (!(value instanceof InputValue.Quantity(double number))) {
            words.put(key, value);
          } else if (numbers.containsKey(key) || numbers.size() < Setting.NUMBERS_MAX) {
            numbers.computeIfAbsent(key, _ -> new Usual()).fold(number);
          }
        });
    categories.computeIfAbsent(words, _ -> new Usual()).fold(amount);
    if (!Double.isNaN(callsPerSecond)) {
      calls.fold(callsPerSecond);
    }
  }

  /**
   * How a step differs that has these inputs; unknown keys and categories say nothing.
   *
   * @param asked the production inputs; none: as they were last
   * @param unit the series' {@link SeriesState#unit}
   */
  public Setting of(Map<String, InputValue> asked, double unit) {
    Map<String, InputValue> inputs = asked.isEmpty() ? last : asked;
    float[] known = new float[Setting.COUNT];
    Arrays.fill(known, Float.NaN);
    Map<String, InputValue> words = new TreeMap<>();
    inputs.forEach(
        (key, value) -> {
          if (!(value instanceof InputValue.Quantity)) {
            words.put(key, value);
          }
        });
    int at = 0;
    for (Map.Entry<String, Usual> entry : numbers.entrySet()) {
      if (inputs.get(entry.getKey()) instanceof InputValue.Quantity(double number)) {
        known[at] = ratio(number, entry.getValue().last);
        known[at + 1] = ratio(number, entry.getValue().mean);
      }
      at += 2;
    }
    Usual under = categories.get(words);
    known[SLOTS] = under == null ? Float.NaN : (float) (under.mean / unit);
    known[SLOTS + 1] = under == null ? 0 : Math.min(SEEN_MAX, under.count);
    known[SLOTS + 2] = calls.count == 0 ? Float.NaN : ratio(calls.last, calls.mean);
    return Setting.of(!inputs.equals(last), known);
  }

  private static float ratio(double number, double of) {
    return of == 0 ? Float.NaN : (float) Math.clamp(number / of, -1e6, 1e6);
  }
}
