package dev.holdfast.pam.forecast.series;

import dev.holdfast.pam.model.InputValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Under which production inputs, calls of its API and counts of the hardware a series came to its
 * amounts: what is usual of each, so that models can be told how a step differs, whatever the
 * inputs mean. Not for several threads at once.
 */
public final class Circumstances {
  private static final double RATE = 0.01;
  private static final int CATEGORIES_MAX = 16;

  /** What was seen oftener is as well known. */
  private static final int SEEN_MAX = 100;

  private static final int SLOTS = 2 * Setting.NUMBERS_MAX;

  private final Map<String, Usual> numbers = new TreeMap<>();
  private final Usual calls = new Usual();
  private final Usual instructions = new Usual();
  private final Usual cyclesPerInstruction = new Usual();
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

    /** NaN is passed over. */
    void fold(double amount) {
      if (Double.isNaN(amount)) {
        return;
      }
      count++;
      mean += Math.max(RATE, 1.0 / count) * (amount - mean);
      last = amount;
    }

    /** How many times what is usual it was last; NaN where nothing is known. */
    float lately() {
      return count == 0 ? Float.NaN : ratio(last, mean);
    }
  }

  /**
   * The next step.
   *
   * @param around what was known of it besides the amount
   * @param amount what was used; NaN where nothing was sampled, and nothing is learnt then
   */
  public void fold(Around around, double amount) {
    if (Double.isNaN(amount)) {
      return;
    }
    last = around.inputs();
    Map<String, InputValue> words = new TreeMap<>();
    last.forEach(
        (key, value) -> {
          if (!(value instanceof InputValue.Quantity(double number))) {
            words.put(key, value);
          } else if (numbers.containsKey(key) || numbers.size() < Setting.NUMBERS_MAX) {
            numbers.computeIfAbsent(key, _ -> new Usual()).fold(number);
          }
        });
    categories.computeIfAbsent(words, _ -> new Usual()).fold(amount);
    calls.fold(around.callsPerSecond());
    instructions.fold(around.instructionsPerSecond());
    cyclesPerInstruction.fold(around.cyclesPerInstruction());
  }

  /**
   * How a step differs that has these inputs; unknown keys and categories say nothing.
   *
   * @param asked the production inputs; none: as they were last
   * @param kind what the series is of
   * @param unit the series' {@link SeriesState#unit}
   */
  public Setting of(Map<String, InputValue> asked, SeriesKind kind, double unit) {
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
    known[SLOTS + 2] = calls.lately();
    known[SLOTS + 3] = instructions.lately();
    known[SLOTS + 4] = cyclesPerInstruction.lately();
    known[SLOTS + 5] = kind.typeCode();
    known[SLOTS + 6] = kind.levelBearing();
    return Setting.of(!inputs.equals(last), known);
  }

  private static float ratio(double number, double of) {
    return of == 0 ? Float.NaN : (float) Math.clamp(number / of, -1e6, 1e6);
  }
}
